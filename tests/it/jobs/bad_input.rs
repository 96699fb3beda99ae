//! A forum that answers badly: each ends in a clear state, none in a crash, a loop or a connection elsewhere.

use crate::util::{Fault, World};
use netreach::domain::thread::LookState;
use netreach::store::AlarmKind;

/// Sets a fault, looks, and tells how the look ended.
async fn look_with(world: &World, fault: Fault) -> LookState {
    world.faults.set(fault);
    // So much later that the budget allows a look.
    world.clock.advance_s(1200);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.work().await;
    world.thread().last_state.expect("a look was taken")
}

#[tokio::test]
async fn every_kind_of_bad_answer_ends_in_its_own_state() {
    let world = World::new().await;
    world.client_posts("запись");
    world.work().await;
    for (fault, state) in [
        (Fault::Busy, LookState::Busy),
        (Fault::RedirectAway, LookState::RedirectedAway),
        (Fault::RedirectToLoopback, LookState::RedirectedAway),
        (Fault::Huge, LookState::TooLarge),
        (Fault::OtherShape, LookState::Unrecognised),
        (Fault::Gone, LookState::NotFound),
        (Fault::Stall, LookState::Unreachable),
    ] {
        assert_eq!(look_with(&world, fault).await, state, "{fault:?}");
        assert!(world.thread().next_look_at > world.clock.now(), "{fault:?}: looked at again at once");
    }
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 2, "no post is concluded to have vanished");
}

#[tokio::test]
async fn endless_chain_of_pages_ends_at_the_limit_with_an_alarm() {
    let world = World::new().await;
    assert_eq!(look_with(&world, Fault::EndlessPages).await, LookState::EndlessPages);
    assert!(world.read(|tx| tx.alarms()).iter().any(|a| a.kind == AlarmKind::Misbehaves));
}

#[tokio::test]
async fn page_in_windows_1251_and_one_that_lies_about_its_charset_read_the_same() {
    for fault in [Fault::Windows1251, Fault::LyingCharset] {
        let world = World::new().await;
        world.client_posts("Подскажите, где бесплатно сдать тест на гепатит С?");
        assert_eq!(look_with(&world, fault).await, LookState::Ok, "{fault:?}");
        let case = world.only_case();
        assert!(world.read(|tx| tx.case_posts(case))[0].text.expose().contains("гепатит С"), "{fault:?}");
    }
}

#[tokio::test]
async fn drift_is_an_alarm_after_two_looks_and_clears_by_itself() {
    let world = World::new().await;
    world.client_posts("запись");
    world.work().await;
    look_with(&world, Fault::OtherShape).await;
    assert!(world.read(|tx| tx.alarms()).is_empty(), "one odd page is no alarm");
    look_with(&world, Fault::OtherShape).await;
    let alarms = world.read(|tx| tx.alarms());
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0].kind, AlarmKind::Drift);
    look_with(&world, Fault::OtherShape).await;
    assert_eq!(world.read(|tx| tx.alarms()).len(), 1, "no storm");
    world.faults.mend();
    world.work_for_s(4 * 3600).await;
    assert!(world.read(|tx| tx.alarms()).is_empty());
}

#[tokio::test]
async fn thread_that_is_gone_is_an_alarm_and_its_posts_stay() {
    let world = World::new().await;
    world.client_posts("запись");
    world.work().await;
    look_with(&world, Fault::Gone).await;
    look_with(&world, Fault::Gone).await;
    assert!(world.read(|tx| tx.alarms()).iter().any(|a| a.kind == AlarmKind::ThreadGone));
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 2);
}

#[tokio::test]
async fn forum_that_asks_for_a_pause_gets_it() {
    let world = World::new().await;
    world.work().await;
    look_with(&world, Fault::Busy).await;
    assert!(world.thread().next_look_at >= world.clock.now().plus_s(120));
}
