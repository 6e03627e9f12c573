/** A person's or a group's picture; initials where there is none. */
import { useEffect, useState } from "preact/hooks";
import { loadFile, ownFile } from "../app/files";

/** Neighbours in id stand far apart on the wheel; a person keeps the colour. */
function hueOf(id: number | string): number {
  const mixed = [...String(id)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 100_003, 7);
  return (mixed * 137) % 360;
}

const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const firstOf = (word: string): string => [...segments.segment(word)][0]?.segment ?? "";
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return `${firstOf(words[0] ?? "")}${firstOf(last)}`.toUpperCase() || "?";
}

function usePicture(url: string | null | undefined): string | undefined {
  const [src, setSrc] = useState<string>();
  useEffect(() => {
    let live = true;
    setSrc(undefined);
    const path = url ? ownFile(url) : undefined;
    if (path)
      loadFile(`${path}?variant=thumbnail`).then(
        (file) => live && setSrc(file.src),
        () => undefined, // initials do
      );
    else if (url?.startsWith("https:")) setSrc(url);
    return () => void (live = false);
  }, [url]);
  return src;
}

interface Props {
  readonly name: string;
  readonly id: number | string;
  readonly url?: string | null | undefined;
  readonly online?: boolean | undefined;
  readonly size?: "small" | "large";
}
export function Avatar({ name, id, url, online, size }: Props) {
  const src = usePicture(url);
  return (
    <span
      class={`avatar ${online ? "online" : ""} ${size ?? ""}`}
      aria-hidden="true"
      style={{ "--hue": String(hueOf(id)) }}
    >
      {src ? <img src={src} alt="" /> : initialsOf(name)}
    </span>
  );
}
