//! The commands as their users call them: the built binary, its exit codes and its words.

use std::path::Path;
use std::process::{Command, Output};

fn netreach(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netreach"))
        .args(args)
        .current_dir(dir)
        .env_remove("NETREACH_KEY")
        .env_remove("NETREACH_CONFIG")
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

const FORUM: &str = "[tor]\nmode = \"direct\"\n[[forum]]\nname = \"f\"\nprofile = \"phpbb-3\"\n\
                     addresses = [\"http://127.0.0.1:9/\"]\nown_accounts = [\"HumanitarianAction\"]\n";

/// A folder made by `init`, with one forum in its configuration.
fn prepared() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("dir");
    let made = netreach(dir.path(), &["init", "."]);
    assert_eq!(code(&made), Some(0), "{}", text(&made.stderr));
    let config = dir.path().join("netreach.toml");
    let written = std::fs::read_to_string(&config).expect("written");
    std::fs::write(&config, format!("{written}\n{FORUM}").replace("\n[tor]\n# \"embedded\"", "\n# \"embedded\""))
        .expect("write");
    dir
}

#[test]
fn init_writes_what_run_starts_from_and_never_overwrites() {
    let dir = prepared();
    let checked = netreach(dir.path(), &["check"]);
    assert_eq!(code(&checked), Some(0), "{}", text(&checked.stderr));
    let again = netreach(dir.path(), &["init", "."]);
    assert_eq!(code(&again), Some(1));
    assert!(text(&again.stderr).contains("hint:"));
}

#[test]
fn init_uses_the_key_that_the_environment_names_and_writes_no_other() {
    let dir = tempfile::tempdir().expect("dir");
    let key = "ab".repeat(32);
    let init = Command::new(env!("CARGO_BIN_EXE_netreach"))
        .args(["init", "."])
        .current_dir(dir.path())
        .env("NETREACH_KEY", &key)
        .output()
        .expect("runs");
    assert_eq!(code(&init), Some(0), "{}", text(&init.stderr));
    assert!(!dir.path().join("netreach.key").exists());
    std::fs::write(dir.path().join("netreach.key"), key).expect("write");
    assert_eq!(code(&netreach(dir.path(), &["user", "list"])), Some(0));
}

#[test]
fn database_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = prepared();
    let mode = std::fs::metadata(dir.path().join("data/netreach.db")).expect("made").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn unknown_key_is_refused_with_file_and_line() {
    let dir = prepared();
    std::fs::write(dir.path().join("bad.toml"), "[desk]\nlangauge = \"ru\"\n").expect("write");
    let refused = netreach(dir.path(), &["check", "--config", "bad.toml"]);
    assert_eq!(code(&refused), Some(2));
    let words = text(&refused.stderr);
    assert!(words.contains("bad.toml, line 2") && words.contains("did you mean `language`"), "{words}");
}

#[test]
fn wrong_key_has_an_exit_code_of_its_own() {
    let dir = prepared();
    std::fs::write(dir.path().join("netreach.key"), "ab".repeat(32)).expect("write");
    let refused = netreach(dir.path(), &["user", "list"]);
    assert_eq!(code(&refused), Some(3), "{}", text(&refused.stderr));
}

#[test]
fn thread_outside_the_configured_forums_is_refused() {
    let dir = prepared();
    let refused = netreach(dir.path(), &["thread", "add", "http://127.0.0.1:10/viewtopic.php?t=5"]);
    assert_eq!(code(&refused), Some(1));
    assert!(text(&refused.stderr).contains("no forum of the configuration covers this URL"));
    let added = netreach(dir.path(), &["thread", "add", "http://127.0.0.1:9/viewtopic.php?f=2&t=5&start=40&sid=abc"]);
    assert_eq!(code(&added), Some(0), "{}", text(&added.stderr));
    let twice = netreach(dir.path(), &["thread", "add", "http://127.0.0.1:9/viewtopic.php?t=5"]);
    assert!(text(&twice.stdout).contains("already"));
}

#[test]
fn people_are_added_listed_and_locked() {
    let dir = prepared();
    let added = netreach(dir.path(), &["user", "add", "night-1", "--role", "worker", "--role", "verifier"]);
    assert!(text(&added.stdout).contains("shown once"));
    assert_eq!(code(&netreach(dir.path(), &["user", "add", "NIGHT-1", "--role", "worker"])), Some(1));
    assert_eq!(code(&netreach(dir.path(), &["user", "add", "x", "--role", "root"])), Some(2));
    assert_eq!(code(&netreach(dir.path(), &["user", "disable", "night-1"])), Some(0));
    assert!(text(&netreach(dir.path(), &["user", "list"]).stdout).contains("night-1  worker verifier  (disabled)"));
}

#[test]
fn replayed_looks_open_cases_and_are_counted() {
    let dir = prepared();
    let post = |id: u32, author: &str, time: &str, words: &str| {
        format!(
            "{{\"id\":\"{id}\",\"number\":{id},\"author\":\"{author}\",\"time\":\"{time}\",\"text\":\"{words}\",\
             \"quotes\":[],\"edited\":false,\"images\":0,\"url\":null}}"
        )
    };
    let look = |at: &str, views: u32, posts: &[String]| {
        format!(
            "{{\"at\":\"{at}\",\"url\":\"http://127.0.0.1:9/viewtopic.php?t=5\",\"kind\":\"thread\",\"state\":\"ok\",\
             \"thread\":{{\"id\":\"5\",\"title\":\"Тема\",\"page\":1,\"pages\":1,\"views\":{views},\"replies\":{},\
             \"closed\":false}},\"posts\":[{}],\"next\":null,\"last\":null,\"complaints\":[]}}\n",
            posts.len() - 1,
            posts.join(",")
        )
    };
    let opening = post(1, "HumanitarianAction", "2026-11-10T10:00:00Z", "Спрашивайте");
    let question = post(2, "гость", "2026-11-11T03:00:00Z", "Где бесплатно сдать тест на ВИЧ, подскажите?");
    let looks = [
        look("2026-11-10T12:00:00Z", 10, std::slice::from_ref(&opening)),
        look("2026-11-11T04:00:00Z", 25, &[opening.clone(), question.clone()]),
        look("2026-11-12T04:00:00Z", 40, &[opening]),
    ];
    std::fs::write(dir.path().join("looks.jsonl"), looks.concat()).expect("write");
    let replayed = netreach(dir.path(), &["replay", "looks.jsonl"]);
    let words = text(&replayed.stdout);
    assert_eq!(
        words.trim(),
        "3 looks: 2 new posts, 0 edited, 1 vanished, 1 cases opened",
        "{}",
        text(&replayed.stderr)
    );
    let again = netreach(dir.path(), &["replay", "looks.jsonl"]);
    assert!(text(&again.stdout).contains("0 new posts, 0 edited"), "{}", text(&again.stdout));

    let report = netreach(dir.path(), &["report", "engagement", "--from", "2026-11-10", "--to", "2026-11-12"]);
    let csv = text(&report.stdout);
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 4, "{csv}");
    assert!(rows[2].starts_with("2026-11-11,Europe/Moscow,f,5,1,25,15,1,1,1,0,1,"), "{csv}");
    assert!(!csv.contains("гость"), "no nickname leaves");
}

#[test]
fn broken_line_of_a_replay_is_named_and_what_came_before_is_kept() {
    let dir = prepared();
    std::fs::write(dir.path().join("looks.jsonl"), "\n{\"at\":\"yesterday\"}\n").expect("write");
    let refused = netreach(dir.path(), &["replay", "looks.jsonl"]);
    assert_eq!(code(&refused), Some(1));
    assert!(text(&refused.stderr).contains("line 2"), "{}", text(&refused.stderr));
}

#[test]
fn command_that_is_not_there_yet_says_so() {
    let dir = tempfile::tempdir().expect("dir");
    let refused = netreach(dir.path(), &["backup", "file"]);
    assert_eq!(code(&refused), Some(1));
    assert!(text(&refused.stderr).contains("not there yet"));
}

#[test]
fn made_trace_is_replayed_under_every_policy_and_a_wrong_line_is_named() {
    let dir = tempfile::tempdir().expect("dir");
    let made = netreach(dir.path(), &["simulate", "--make-trace", "--threads", "5", "--days", "7"]);
    let trace = text(&made.stdout);
    std::fs::write(dir.path().join("trace.jsonl"), &trace).expect("write");
    let replayed = netreach(dir.path(), &["simulate", "--trace", "trace.jsonl", "--budget", "30"]);
    let lines: Vec<serde_json::Value> =
        text(&replayed.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 5);
    assert!(lines.iter().all(|line| line["posts"] == trace.lines().count()), "{lines:?}");
    std::fs::write(dir.path().join("trace.jsonl"), format!("{trace}{{\"thread\":1}}\n")).expect("write");
    let refused = netreach(dir.path(), &["simulate", "--trace", "trace.jsonl", "--policy", "ours"]);
    assert_eq!(code(&refused), Some(1));
    assert!(text(&refused.stderr).contains(&format!("line {}", trace.lines().count() + 1)));
}

#[test]
fn model_import_takes_no_other_file_than_the_pinned_package() {
    let dir = tempfile::tempdir().expect("dir");
    std::fs::write(dir.path().join("other.whl"), "PK").expect("write");
    let refused = netreach(dir.path(), &["model", "import", "other.whl", "--to", "model.nrm"]);
    assert_eq!(code(&refused), Some(1));
    let words = text(&refused.stderr);
    assert!(words.contains("SHA-256") && words.contains("hint:"), "{words}");
    assert!(!dir.path().join("model.nrm").exists());
}

#[test]
fn thread_moves_with_words_about_what_was_done_and_refusals_change_nothing() {
    let dir = prepared();
    let run = |args: &[&str]| netreach(dir.path(), args);
    for topic in [5, 6] {
        run(&["thread", "add", &format!("http://127.0.0.1:9/viewtopic.php?t={topic}")]);
    }
    let refused =
        run(&["thread", "move", "http://127.0.0.1:9/viewtopic.php?t=5", "http://127.0.0.1:10/viewtopic.php?t=7"]);
    assert_eq!(code(&refused), Some(1));
    assert!(text(&refused.stderr).contains("no forum of the configuration covers this URL"));
    let taken = run(&["thread", "move", "1", "http://127.0.0.1:9/viewtopic.php?t=6"]);
    assert_eq!(code(&taken), Some(1));
    assert!(text(&taken.stderr).contains("as thread 2") && text(&taken.stderr).contains("hint:"));
    let same = run(&["thread", "move", "1", "http://127.0.0.1:9/viewtopic.php?t=5&start=20"]);
    assert!(text(&same.stderr).contains("stands there already"), "{}", text(&same.stderr));
    let unknown = run(&["thread", "move", "9", "http://127.0.0.1:9/viewtopic.php?t=7"]);
    assert!(text(&unknown.stderr).contains("not on the list"));
    let moved = run(&[
        "thread",
        "move",
        "http://127.0.0.1:9/viewtopic.php?t=5",
        "http://127.0.0.1:9/viewtopic.php?t=7&start=40",
    ]);
    let words = text(&moved.stdout);
    assert_eq!(code(&moved), Some(0), "{}", text(&moved.stderr));
    assert!(words.contains("thread 1 goes on at forum f, thread 7") && words.contains("0 posts of the old place"));
    assert!(words.contains("no account is configured"), "{words}");
    let list = text(&run(&["thread", "list"]).stdout);
    assert!(list.contains("1  f  7") && list.contains("2  f  6"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn online_check_says_which_address_answers_and_which_is_in_use() {
    let dir = prepared();
    let site = netreach::sample_forum::SampleForum::new(netreach::clock::Clock::System);
    let topic = site.add_topic("HumanitarianAction", "Тема", "Спрашивайте, ответим.");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let address = listener.local_addr().expect("address");
    tokio::spawn(netreach::sample_forum::serve(site, listener, std::future::pending()));
    let config = dir.path().join("netreach.toml");
    let written = std::fs::read_to_string(&config).expect("written");
    let mirrors = format!("addresses = [\"http://127.0.0.1:9/\", \"http://{address}/\"]\nmin_gap_ms = 1\n");
    std::fs::write(&config, written.replace("addresses = [\"http://127.0.0.1:9/\"]\n", &mirrors)).expect("write");
    netreach(dir.path(), &["thread", "add", &format!("http://{address}/viewtopic.php?t={topic}")]);
    let checked = netreach(dir.path(), &["check", "--online"]);
    let words = text(&checked.stdout);
    assert_eq!(code(&checked), Some(0), "{words}{}", text(&checked.stderr));
    assert!(words.contains("address 1 of 2 (127.0.0.1:9): the forum could not be reached"), "{words}");
    assert!(words.contains(&format!("address 2 of 2 ({address}): answers")), "{words}");
    assert!(words.contains("thread 1: ok, 1 posts") && words.contains("address 2 of 2 is in use"), "{words}");
}
