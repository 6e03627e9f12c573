/** Style and script of the page of events. */

export const FILTER_PATH = "/ws-docs/filter.js";

/** Shows the events of which every word that was typed is said; the list of contents keeps to it. */
export const FILTER = `const input = document.getElementById("filter");
const found = document.getElementById("found");
const articles = [...document.querySelectorAll("article")];
const linkOf = new Map([...document.querySelectorAll("nav li")].map((li) => [li.firstChild.hash.slice(1), li]));
input.addEventListener("input", () => {
  const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const article of articles) {
    const fits = words.every((word) => article.dataset.words.includes(word));
    article.hidden = !fits;
    linkOf.get(article.id).hidden = !fits;
    count += fits;
  }
  for (const part of document.querySelectorAll("section")) part.hidden = !part.querySelector("article:not([hidden])");
  for (const part of document.querySelectorAll("nav details")) {
    part.hidden = !part.querySelector("li:not([hidden])");
    part.open = words.length > 0;
  }
  found.textContent = words.length ? count + (count === 1 ? " event" : " events") : "";
});
`;

export const STYLE = `:root{color-scheme:light dark;--line:light-dark(#e5e7eb,#3f3f46);--soft:light-dark(#f4f4f5,#27272a);
--faint:light-dark(#52525b,#a1a1aa);--link:light-dark(#0f766e,#5eead4)}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:light-dark(#fff,#18181b);
color:light-dark(#18181b,#f4f4f5);display:grid;grid-template-columns:17rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1rem;border-right:1px solid var(--line);font-size:14px}
nav ul{list-style:none;margin:.25rem 0 .5rem;padding-left:1rem}nav b{display:block;margin-top:.75rem}
input{width:100%;font:inherit;padding:.4rem .5rem;border:1px solid var(--line);border-radius:6px;background:var(--soft);color:inherit}
main{padding:1rem 2rem;max-width:56rem}a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
pre{background:var(--soft);padding:.75rem;overflow:auto;border-radius:6px;font-size:13px;max-height:24rem}
code{background:var(--soft);padding:0 .2em;border-radius:3px}small{color:var(--faint);font-weight:400}summary{cursor:pointer;color:var(--faint)}
article{border-top:1px solid var(--line);margin-top:1.25rem;scroll-margin-top:1rem}h4{font-size:1.1rem;margin:1rem 0 .25rem}[hidden]{display:none!important}
@media(max-width:48rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}`;
