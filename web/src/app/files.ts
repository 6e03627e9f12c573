/** Files are opened with the user's token: fetched once, shown as `blob:`, and let go of when many came after. */
import { ChatError } from "moleculer-chat-client";
import { theChat } from "./chat";
import { site } from "./site";

export interface Loaded {
  readonly src: string;
  readonly mime: string;
  readonly name: string;
  readonly size: number;
}

const MOST = 200;
const loaded = new Map<string, Promise<Loaded>>();

/** Only what our own server keeps is opened with the token: named by its path there, or by the whole address. */
export function ownFile(url: string): string | undefined {
  const [path = ""] = (url.startsWith(`${site}/`) ? url.slice(site.length) : url).split(/[?#]/, 1);
  return /^\/files\/[0-9a-f]{24}$/.test(path) ? path : undefined;
}

function nameIn(response: Response): string {
  const header = response.headers.get("content-disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  try {
    return encoded ? decodeURIComponent(encoded) : (/filename="([^"]*)"/.exec(header)?.[1] ?? "file");
  } catch {
    return "file";
  }
}

/** @throws where the file is gone or can't be reached */
export async function headOf(path: string): Promise<Omit<Loaded, "src">> {
  const response = await theChat().rest.open("HEAD", path);
  if (!response.ok) throw new Error(`file ${response.status}`);
  const { headers } = response;
  const mime = (headers.get("content-type") ?? "").split(";", 1)[0] ?? "";
  return { mime, name: nameIn(response), size: Number(headers.get("content-length")) || 0 };
}

async function fetchFile(path: string): Promise<Loaded> {
  const response = await theChat().rest.open("GET", path);
  if (!response.ok) throw new Error(`file ${response.status}`);
  const blob = await response.blob();
  return { src: URL.createObjectURL(blob), mime: blob.type, name: nameIn(response), size: blob.size };
}

export function loadFile(path: string): Promise<Loaded> {
  const known = loaded.get(path);
  if (known) {
    loaded.delete(path); // the least recently used goes first
    loaded.set(path, known);
    return known;
  }
  const made = fetchFile(path);
  loaded.set(path, made);
  made.catch(() => loaded.delete(path)); // the next look asks again
  const [oldest] = loaded.keys();
  if (loaded.size > MOST && oldest !== undefined) {
    void loaded.get(oldest)?.then(
      ({ src }) => URL.revokeObjectURL(src),
      () => undefined,
    );
    loaded.delete(oldest);
  }
  return made;
}

/** Saves what a path answers, however large: the browser keeps it on disk. @throws where it is refused or breaks off */
export async function download(path: string, name: string): Promise<void> {
  const response = await theChat().rest.open("GET", path);
  if (!response.ok) throw await refusal(response);
  const blob = await response.blob();
  const src = URL.createObjectURL(blob);
  saveAs(src, name);
  setTimeout(() => URL.revokeObjectURL(src), 60_000);
}

async function refusal(response: Response): Promise<ChatError> {
  const { error } = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
  return new ChatError((error?.code ?? "UNAVAILABLE") as "UNAVAILABLE", error?.message ?? "", undefined);
}

export function saveAs(src: string, name: string): void {
  const link = document.createElement("a");
  link.href = src;
  link.download = name;
  link.click();
}

/** A link that opens without a token for an hour: for players, which fetch by themselves and in parts. */
export async function linkTo(path: string): Promise<string> {
  return (await theChat().files.link(path)).url;
}
