/** Files to the server: with progress where the platform tells any, and a way to stop. */
import { environment } from "./environment";
import { fromWire, unavailable } from "./error";
import { type UploadedFile } from "./protocol";
import { type Rest, type RestTokens } from "./rest";

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

/** @throws AnyChatError */
export async function upload(
  rest: Rest,
  tokens: RestTokens,
  file: Blob,
  options: UploadOptions = {},
): Promise<UploadedFile> {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  if (!onProgress || !environment.XMLHttpRequest) {
    const uploaded = await rest.ask<UploadedFile>("POST", "/upload/single", formOf(file), signal);
    onProgress?.(1);
    return uploaded;
  }
  const url = new URL("/upload/single", rest.url).href;
  const token = await tokens.get();
  let answer = await sendWithProgress(url, token, file, options);
  if (answer.status === 401) answer = await sendWithProgress(url, await tokens.instead(token), file, options);
  const { ok, data, error } = parse(answer.text);
  if (ok !== true) throw error ? fromWire(error) : unavailable(`The upload failed (${answer.status}).`);
  return data as UploadedFile;
}

function parse(text: string): { ok?: unknown; data?: unknown; error?: unknown } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {}; // a proxy's page, and no answer of the server
  }
}
