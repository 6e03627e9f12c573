import fc from "fast-check";
import { highlightOf, rankOf } from "../../services/chat/queries/highlight";
import { parseQuery } from "../../services/chat/queries/query";
import { fold } from "../../platform/fold";
import { prefixesOf, termsOf } from "../../services/chat/conversation/terms";

describe("folding", () => {
  it.each([
    ["Latin", "Tin Nhắn", "tin nhan"],
    ["Latin", "Đường", "duong"],
    ["Latin", "Straße", "strasse"],
    ["Latin", "ÉCLAIR", "eclair"],
    ["Latin", "Łódź", "lodz"],
    ["Latin", "İstanbul ısı", "istanbul isi"],
    ["Latin, wide", "Ｃ＋＋ ＡＢＣ", "c++ abc"],
    ["Latin, ligatures", "ﬁne ﬂow", "fine flow"],
    ["Greek", "ΟΔΥΣΣΕΎΣ ὁδός", "οδυσσευσ οδοσ"],
    ["Cyrillic", "Ёлка й", "елка и"],
    ["Hebrew", "שָׁלוֹם", "שלומ"],
    ["Hebrew, quotes", "צה״ל ג׳ירפה", "צה\"ל ג'ירפה"],
    ["Arabic", "أُسْتَاذٌ إلى آخر", "استاذ الي اخر"],
    ["Arabic, tatweel", "كتـــاب", "كتاب"],
    ["Arabic, presentation forms", "ﻻ ﺑﻴﺖ", "لا بيت"],
    ["Arabic, hamza carriers", "سؤال مسئول مدرسة", "سوال مسيول مدرسه"],
    ["Persian", "کتاب یک می\u200cخواهم", "كتاب يك ميخواهم"],
    ["Urdu", "ہے کہ لڑکی", "هي كه لڑكي"],
    ["digits of any script", "٣۴५৬๗", "34567"],
    ["Hindi", "हिन्दी ज़रूर", "हिन्दी जरूर"],
    ["Tamil", "தமிழ்", "தமிழ்"],
    ["Thai", "สวัสดี", "สวัสดี"],
    ["Japanese", "ﾃｽﾄ ｶﾞﾗｽ が", "テスト ガラス が"],
    ["Korean", "한국어", "한국어"],
    ["Korean, decomposed", "한국어".normalize("NFD"), "한국어"],
    ["soft hyphens", "Donau\u00addampf", "donaudampf"],
    ["zero width", "ba\u200bna\u200dna\ufeff", "banana"],
    ["curly apostrophes", "can’t canʼt can´t", "can't can't can't"],
    ["curly quotes", "“to do” «so» „ja“", '"to do" "so" "ja"'],
    ["dashes", "e‑mail – ok", "e-mail - ok"],
    ["emoji", "❤️ 👨‍👩‍👧 1️⃣", "❤ 👨👩👧 1"],
  ])("of %s makes %s into %s", (_script, text, folded) => expect(fold(text)).toBe(folded));

  it("of what is folded changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => fold(fold(text)) === fold(text)),
      { numRuns: 2_000 },
    );
  });
});

describe("terms", () => {
  it("are the distinct words", () => expect(termsOf("Urgent, call me. URGENT")).toEqual(["urgent", "call", "me"]));
  it("of a script without spaces are pairs", () => expect(termsOf("今天天气")).toEqual(["今天", "天天", "天气", "气"]));
  it("part a word where scripts meet", () => expect(termsOf("iPhone手机")).toEqual(["iphone", "手机", "机"]));
  it("say where there is a link", () =>
    expect(termsOf("see https://a.bc")).toEqual(["see", "https", "a", "bc", ":3a", ":2f", ":link"]));
  it("of nothing are none", () => expect(termsOf(" ... , '")).toEqual([]));
  it("are signs and emoji, one by one", () =>
    expect(termsOf("C++ rocks 🎉🎉!")).toEqual(["c", "rocks", ":2b", "🎉", ":21"]));
  it("of a word with an apostrophe are it without, and its parts", () =>
    expect(termsOf("can’t l'école")).toEqual(["cant", "lecole", "can", "t", "l", "ecole"]));
  it("hold no sign of ASCII but the colon, which stores may split words at", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        termsOf(text).every((t) => /^[a-z0-9:\u0080-\u{10ffff}]+$/u.test(t)),
      ),
    ));
  it("find any part of a text without spaces", () => {
    const terms = termsOf("明天开会讨论");
    for (const part of ["明", "天开", "开会讨", "论"])
      expect(prefixesOf(part).every((p) => terms.some((t) => t.startsWith(p)))).toBe(true);
  });
});

describe("a query", () => {
  it("has words, phrases and filters", () => {
    const q = parseQuery('urg "to do" from:"Ann Lee" in:team has:image before:2026-02-01 after:2026-01-01');
    expect(q).toMatchObject({ words: ["urg"], phrases: ["to do"], from: ["Ann Lee"], in: ["team"], has: ["image"] });
    expect(q.prefixes).toEqual(["urg", "to", "do"]);
    expect(q.before?.toISOString()).toBe("2026-02-01T00:00:00.000Z");
  });
  it.each([
    ["has:cats", "has"],
    ["before:soon", "before"],
    ["before:5", "before"],
    ["after:2026", "after"],
    ["before:2026-02-31", "before"],
    ["after:2026-13-01", "after"],
    ["before:1772000000000", "before"],
    ["...", "empty"],
    ['""', "empty"],
    ["-banana", "operator"],
    ["ripe -banana", "operator"],
    ['-"ripe banana"', "operator"],
    ["-from:ann", "operator"],
    ["-5", "operator"],
    ["is:unread", "operator"],
    ["ann from:", "operator"],
  ])("refuses %s, and says why", (text, rule) => {
    expect(() => parseQuery(text)).toThrow(
      expect.objectContaining({ type: "BAD_REQUEST", data: [expect.objectContaining({ field: "query", rule })] }),
    );
  });
  it.each([
    ["C++", ["c++"]],
    ["R&D, 100%", ["r&d", "100%"]],
    ["hello! (really?)", ["hello", "really"]],
    ["can’t", ["cant"]],
    ["party🎉", ["party", "🎉"]],
    ["cats - dogs", ["cats", "dogs"]],
    ["???", ["???"]],
    [":)", [":)"]],
    ["https://a.bc", ["https", "a", "bc"]],
    ["e-mail 12:30", ["e", "mail", "12", "30"]],
    ["+49 30", ["+49", "30"]],
    ["“to do” now", ["now"]],
  ])("of %s seeks %j", (text, words) => expect(parseQuery(text).words).toEqual(words));
});

describe("a highlight", () => {
  const highlight = (text: string, query: string) => highlightOf(text, parseQuery(query));
  it("marks what matched and escapes the rest", () => {
    expect(highlight("<b>Urgent</b> & new", "urg")).toBe("&lt;b&gt;<mark>Urg</mark>ent&lt;/b&gt; &amp; new");
  });
  it("marks accented text by plain words", () =>
    expect(highlight("tin nhắn mới", "nhan")).toBe("tin <mark>nhắn</mark> mới"));
  it("marks letters that fold to two", () =>
    expect(highlight("die Straße", "strasse")).toBe("die <mark>Straße</mark>"));
  it("marks phrases across any white space", () =>
    expect(highlight("to\n do", '"to do"')).toBe("<mark>to\n do</mark>"));
  it("marks within text without spaces", () => expect(highlight("今天天气", "天气")).toBe("今天<mark>天气</mark>"));
  it("is none where a word is only inside another", () => expect(highlight("unurgent", "urg")).toBe("unurgent"));
  it.each([
    ["ja, C++ 17", "c++", "ja, <mark>C++</mark> 17"],
    ["I can’t go", "cant", "I <mark>can’t</mark> go"],
    ["I cant go", "can’t", "I <mark>cant</mark> go"],
    ["à l’école", "ecole", "à l’<mark>école</mark>"],
    ["à l’école", "l'ec", "à <mark>l’éc</mark>ole"],
    ["die Straße", "s", "die <mark>S</mark>traße"],
    ["so 👨‍👩‍👧 da", "👩", "so <mark>👨‍👩‍👧</mark> da"],
    ["كتـــاب جديد", "کتاب", "<mark>كتـــاب</mark> جديد"],
    ["Donau\u00addampf", "donaud", "<mark>Donau\u00add</mark>ampf"],
    ["what??? no", '"???"', "what<mark>???</mark> no"],
    ["he said: I can’t do it", "“can't do”", "he said: I <mark>can’t do</mark> it"],
    ["one \n\r\n two", '"one two"', "<mark>one \n\r\n two</mark>"],
  ])("of %s for %s is %s", (text, query, html) => expect(highlight(text, query)).toBe(html));
});

describe("a rank", () => {
  const rank = (text: string, query: string) => rankOf(text, parseQuery(query));
  it("counts what stands there whole", () => {
    expect(rank("Plan: the planning", "plan the")).toBe(2);
    expect(rank("planning THE", "plan the")).toBe(1);
    expect(rank("today\n we do", '"today we" do')).toBe(2);
  });
  it("is none where a word is only inside another", () => expect(rank("unurgent", "urg")).toBeUndefined());
  it.each(["photo door, today", "to door", "into do"])("is none where a phrase is only inside words: %s", (text) =>
    expect(rank(text, '"to do"')).toBeUndefined(),
  );
  it.each([
    ["things to do!", '"to do"'],
    ["今天天气很好", '"天天气"'],
    ["C++ (or C) is it", '"c++ (or"'],
    ["iPhone手机壳", '"iphone手机"'],
    ["新iPhone15手机", "iphone15"],
  ])("counts in %s, as whole, %s", (text, phrase) => expect(rank(text, phrase)).toBe(1));
  it("is none where a phrase's words stand apart", () => expect(rank("to not do", '"to do"')).toBeUndefined());
  it("is none where characters stand apart", () => expect(rank("天天 今气", "天气")).toBeUndefined());
});

describe("any text", () => {
  type Piece = { readonly spaced: boolean; readonly text: string };
  const of = (spaced: boolean, ...texts: string[]) =>
    fc.constantFrom(...texts).map((text): Piece => ({ spaced, text }));
  const piece = fc.oneof(
    of(
      true,
      "meeting",
      "Nhắn",
      "Nha\u0306\u0301n",
      "đội",
      "Straße",
      "x15",
      "9",
      "Łódź",
      "Ёлка",
      "한국어",
      "ﬁne",
      "می\u200cخواهم",
      "हिन्दी",
      "can’t",
      "ὁδός",
      "שָׁלוֹם",
    ),
    of(false, "今天天气", "手机", "東京タワー", "สวัสดี", "々", "ﾃｽﾄ"),
  );
  const between = fc.constantFrom(" ", "-", ", ", "\n\n", "🎉", "(", "_", " ‘", "’ ", "!? ");
  /** Pieces, and the text that they make: where the script changes nothing need stand between two. */
  const texts = fc.array(fc.record({ piece, gap: between, close: fc.boolean() }), { minLength: 1, maxLength: 8 });
  type Made = { piece: Piece; gap: string; close: boolean }[];
  const textOf = (made: Made): string =>
    made
      .map(
        ({ piece: p, gap, close }, i) =>
          (i === 0 || (close && made[i - 1]?.piece.spaced !== p.spaced) ? "" : gap) + p.text,
      )
      .join("");
  const finds = (text: string, query: string): boolean => {
    const q = parseQuery(query);
    const terms = termsOf(text);
    return (
      q.prefixes.every((p) => terms.some((t) => t.startsWith(p))) &&
      rankOf(text, q) !== undefined &&
      highlightOf(text, q).includes("<mark>")
    );
  };

  it("is found by the beginning of each word, and by each part of what has no spaces", () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), fc.nat(), (made, which, start, length) => {
        const { spaced, text } = (made[which % made.length] as Made[number]).piece;
        const chars = [...text];
        const from = spaced ? 0 : start % chars.length;
        const query = chars.slice(from, from + 1 + (length % (chars.length - from))).join("");
        fc.pre(termsOf(query).length > 0); // a vowel sign alone is no word
        return finds(textOf(made), query);
      }),
    );
  });

  it("is found by any of its words and all between them, as a phrase", () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), (made, start, length) => {
        const from = start % made.length;
        const query = textOf(made.slice(from, from + 1 + (length % (made.length - from))));
        return finds(textOf(made), `"${query}"`);
      }),
    );
  });
});
