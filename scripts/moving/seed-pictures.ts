/** Faces and a drawing for the seeded workspace: made, not taken from anybody, and the same each time. */
import sharp from "sharp";

const skins = ["#f2c9a1", "#e0a878", "#c68642", "#8d5524", "#f5d6b8", "#b97a4b"];
const hairs = ["#2b1b12", "#5a3a22", "#0f0f14", "#a5682a", "#70706f", "#3b2f2f"];
const shirts = ["#0f766e", "#7c3aed", "#be123c", "#1d4ed8", "#b45309", "#15803d", "#334155"];
const of = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

/** Hair as paths around a head of radius 46 at 128, 108. */
const styles = [
  "M80 108c0-44 22-58 48-58s48 14 48 58c-8-22-22-30-48-30s-40 8-48 30z",
  "M78 150c-6-70 14-102 50-102s56 32 50 102c-10-8-8-60-22-66-20 8-40 6-56 2-14 8-12 56-22 64z",
  "M84 92c2-30 22-44 46-44 22 0 42 12 42 42-14-4-20-14-24-20-12 12-40 16-64 22z",
];

const face = (n: number): string => `
<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256">
  <rect width="256" height="256" fill="hsl(${(n * 137) % 360} 45% 78%)"/>
  <path d="M40 256c4-54 40-78 88-78s84 24 88 78z" fill="${of(shirts, n)}"/>
  <path d="M108 140h40v36c0 12-40 12-40 0z" fill="${of(skins, n)}" opacity=".85"/>
  <circle cx="128" cy="108" r="46" fill="${of(skins, n)}"/>
  <path d="${of(styles, n)}" fill="${of(hairs, n * 5 + 1)}"/>
  <circle cx="112" cy="110" r="4.5" fill="#222"/><circle cx="144" cy="110" r="4.5" fill="#222"/>
  <path d="M114 130q14 12 28 0" fill="none" stroke="#222" stroke-width="4" stroke-linecap="round"/>
</svg>`;

const bubble = (x: number, y: number, width: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="64" rx="26" fill="${fill}"/>
   <rect x="${x + 28}" y="${y + 26}" width="${width - 56}" height="12" rx="6" fill="#0003"/>`;

/** A sketch of a window with a conversation. */
const sketch = `
<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="750" viewBox="0 0 1200 750">
  <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#5eead4"/><stop offset="1" stop-color="#6366f1"/></linearGradient></defs>
  <rect width="1200" height="750" fill="url(#g)"/>
  <rect x="120" y="90" width="960" height="570" rx="28" fill="#f8fafc"/>
  <rect x="120" y="90" width="270" height="570" rx="28" fill="#e2e8f0"/>
  ${[0, 1, 2, 3, 4].map((i) => `<circle cx="175" cy="${165 + i * 92}" r="28" fill="hsl(${i * 67} 55% 60%)"/><rect x="220" y="${150 + i * 92}" width="130" height="12" rx="6" fill="#0004"/><rect x="220" y="${172 + i * 92}" width="95" height="10" rx="5" fill="#0002"/>`).join("")}
  ${bubble(430, 150, 340, "#e2e8f0")}${bubble(430, 232, 250, "#e2e8f0")}${bubble(690, 326, 350, "#99f6e4")}${bubble(430, 420, 420, "#e2e8f0")}
  <rect x="430" y="560" width="610" height="64" rx="32" fill="#e2e8f0"/><circle cx="1004" cy="592" r="22" fill="#0f766e"/>
</svg>`;

const png = async (svg: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await sharp(Buffer.from(svg)).png().toBuffer());

/** @param n the place of a person among the others */
export const faceOf = async (n: number): Promise<File> =>
  new File([await png(face(n))], "face.png", { type: "image/png" });
export const drawing = async (): Promise<File> =>
  new File([await png(sketch)], "composer-and-list.png", { type: "image/png" });
