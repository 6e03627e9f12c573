/** Which link of a text gets a preview, and what is read out of a page, whatever somebody has written into it. */
import { linkIn } from "../../services/chat/conversation/links";
import { decoded, wordsOf } from "../../services/chat/previews/page";

test.each([
  ["see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"],
  ["(https://en.wikipedia.org/wiki/Foo_(bar))", "https://en.wikipedia.org/wiki/Foo_(bar)"],
  ["[this](https://example.org/x), and http://b.example", "https://example.org/x"],
  ["HTTP://EXAMPLE.ORG!", "HTTP://EXAMPLE.ORG"],
  ["«https://пример.рф/путь»", "https://пример.рф/путь"],
  ["https://a@evil.example https://user:pw@b.example https://c.example", "https://c.example"],
])("%j leads to %s", (text, link) => expect(linkIn(text)).toBe(link));

test.each([
  "",
  "no link",
  "www.example.org",
  "ftp://example.org",
  "javascript:alert(1)",
  "https://",
  "https://localhost/x",
  "https://[bad",
  "xhttps://example.org",
  `https://example.org/${"a".repeat(3_000)}`,
])("%j has none", (text) => expect(linkIn(text)).toBeUndefined());

const page = (head: string, url = "https://example.org/dir/page") => wordsOf(`<html><head>${head}</head><body>`, url);

test("Open Graph comes before cards and plain words, which fill what it leaves out", () => {
  const plain = `<title>Plain</title><meta name="description" content="words">`;
  expect(page(plain)).toEqual({ title: "Plain", description: "words", site_name: null, image: null });
  const card = `<meta name="twitter:title" content="Card"><meta name='twitter:image' content='/c.png'>`;
  expect(page(plain + card)).toMatchObject({ title: "Card", image: "https://example.org/c.png" });
  const graph = `<meta property="og:title" content="O &amp; G &#x1F600;"><meta property="og:site_name" content=Site><meta property="og:image" content="a.png">`;
  expect(page(plain + card + graph)).toEqual({
    title: "O & G 😀",
    description: "words",
    site_name: "Site",
    image: "https://example.org/dir/a.png",
  });
});

test.each([
  "http://example.org/a.png",
  "javascript:1",
  "data:image/png;base64,AA",
  "https://u:p@example.org/a.png",
  `https://e.org/${"a".repeat(3_000)}`,
])("a picture at %s is none", (url) =>
  expect(page(`<title>t</title><meta property="og:image" content="${url}">`)?.image).toBeNull(),
);

test("a page without a title, a title in its body, and no page at all say nothing", () => {
  expect(page(`<meta name="description" content="only">`)).toBeUndefined();
  expect(wordsOf("<html><head></head><body><title>late</title>", "https://e.org")).toBeUndefined();
  for (const html of ["", "\0\0\0", "<", "<title", "<title></title>", "<meta property=og:title content='   '>"])
    expect(wordsOf(html, "https://e.org")).toBeUndefined();
});

test("what is long is cut, and what turns or hides text is gone", () => {
  const words = page(
    `<title>\u202eevil\u0000\n\n  ${"x".repeat(10_000)}</title><meta name=description content="${"é".repeat(9_000)}">`,
  );
  expect(words?.title).toMatch(/^evil x{195}$/);
  expect([...(words?.description ?? "")]).toHaveLength(400);
  expect(page("<title>a<script>alert(1)</script>b</title>")?.title).toBe("a<script>alert(1)</script>b");
});

test("a page of nothing but beginnings is read in a moment", () => {
  const [open, quote] = ["<meta ".repeat(40_000), `<meta content="${"a ".repeat(100_000)}`];
  for (const html of [open, quote, "<title>".repeat(40_000), "<".repeat(250_000), "&".repeat(250_000)]) {
    const before = process.cpuUsage();
    wordsOf(`<title>t</title>${html}`, "https://e.org");
    decoded(Buffer.from(html), "");
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  }
});

test("its charset is what the header, else the page says; one that nobody knows is UTF-8", () => {
  const latin = Buffer.from("<meta charset=iso-8859-1><title>caf\xe9</title>", "latin1");
  expect(decoded(latin, "text/html")).toContain("café");
  expect(decoded(Buffer.from("caf\xe9", "latin1"), 'text/html; charset="ISO-8859-1"')).toBe("café");
  expect(decoded(Buffer.from("café"), "text/html; charset=klingon")).toBe("café");
  expect(decoded(Buffer.from("café"), "text/html")).toBe("café");
});
