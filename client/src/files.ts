/** Files: to the server, with progress where the platform tells any, and back; links for players; deleted. */
import { addressOf } from "./address";
import { environment } from "./environment";
import { fromWire, unavailable } from "./error";
import { type UploadedFile } from "./protocol";
import { type Rest, type RestTokens, type RouteResult } from "./rest";

/** How far an upload is, and how to stop it. */
export interface UploadOptions {
  /** From 0 to 1. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

const nameOf = (file: Blob): string => ("name" in file && typeof file.name === "string" ? file.name : "file");

function formOf(file: Blob): FormData {
  const form = new FormData();
  form.append("file", file, nameOf(file));
  return form;
}

/** By XMLHttpRequest, which alone tells how far an upload is. @returns status and text */
function sendWithProgress(url: string, token: string, file: Blob, { onProgress, signal }: UploadOptions) {
  const Request = environment.XMLHttpRequest as NonNullable<typeof environment.XMLHttpRequest>;
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    signal?.throwIfAborted(); // meanwhile a token was asked for
    const request = new Request();
    request.open("POST", url);
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => total > 0 && onProgress?.(loaded / total);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(unavailable("The connection broke off."));
    request.onabort = () => reject(signal?.reason instanceof Error ? signal.reason : unavailable("Stopped."));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(formOf(file));
  });
}

/** A smaller form of an image. */
export type FileVariant = "thumbnail" | "preview";

const idOf = (url: string): string => /[^/?#]+(?=[?#]|$)/.exec(url)?.[0] ?? url;
const variantOf = (variant: FileVariant | undefined): { variant?: FileVariant } =>
  variant === undefined ? {} : { variant };

/** Files, as `chat.files`: named by the `url` that a message's `attachments` have. */
export class Files {
  private asked: Promise<RouteResult<"GET /config">> | undefined;

  /** @internal */
  constructor(
    private readonly rest: Rest,
    private readonly tokens: RestTokens,
  ) {}

  /** What the server takes: sizes and kinds of files, lengths of texts. Asked once. @throws AnyChatError */
  limits(): Promise<RouteResult<"GET /config">> {
    this.asked ??= this.rest.call("GET /config").catch((error: unknown) => {
      this.asked = undefined;
      throw error;
    });
    return this.asked;
  }

  /** For `attachments`. @throws AnyChatError */
  async upload(file: Blob, options: UploadOptions = {}): Promise<UploadedFile> {
    const { onProgress, signal } = options;
    signal?.throwIfAborted();
    if (!onProgress || !environment.XMLHttpRequest) {
      const uploaded = await this.rest.ask<UploadedFile>("POST", "/upload/single", formOf(file), signal);
      onProgress?.(1);
      return uploaded;
    }
    const url = addressOf(this.rest.url, "/upload/single");
    const token = await this.tokens.get();
    let answer = await sendWithProgress(url, token, file, options);
    if (answer.status === 401) answer = await sendWithProgress(url, await this.tokens.instead(token), file, options);
    const { ok, data, error } = parse(answer.text);
    if (ok !== true) throw error ? fromWire(error) : unavailable(`The upload failed (${answer.status}).`);
    return data as UploadedFile;
  }

  /** Its bytes. @throws AnyChatError */
  async read(url: string, variant?: FileVariant, signal?: AbortSignal): Promise<Blob> {
    const query = variant === undefined ? "" : `?variant=${variant}`;
    const response = await this.rest.open("GET", `/files/${idOf(url)}${query}`, undefined, signal);
    if (response.ok) return response.blob();
    throw fromWire(parse(await response.text()).error);
  }

  /** A whole url that opens without a token for a while: for `<img>`, `<video>` and downloads. @throws AnyChatError */
  async link(url: string, variant?: FileVariant): Promise<RouteResult<"POST /files/:id/link">> {
    const made = await this.rest.call("POST /files/:id/link", { id: idOf(url), ...variantOf(variant) });
    return { ...made, url: addressOf(this.rest.url, made.url) };
  }

  /** One's own, for all, at once. @throws AnyChatError */
  async delete(url: string): Promise<void> {
    await this.rest.call("DELETE /upload", { fileUrl: url });
  }
}

function parse(text: string): { ok?: unknown; data?: unknown; error?: unknown } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {}; // a proxy's page, and no answer of the server
  }
}
