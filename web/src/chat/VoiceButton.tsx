/** Records a voice message. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../app/i18n";
import { say } from "../app/toasts";
import { IconButton } from "../ui/Icon";

const kinds = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const extensions: Readonly<Record<string, string>> = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };
const MOST_MS = 10 * 60_000;

const seconds = (ms: number): string =>
  `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

export function VoiceButton({ onRecorded }: { onRecorded: (file: File) => void }) {
  const [since, setSince] = useState<number>();
  const [, tick] = useState(0);
  const recorder = useRef<MediaRecorder | undefined>(undefined);
  useEffect(() => {
    if (since === undefined) return;
    const timer = setInterval(() => {
      tick((n) => n + 1);
      if (Date.now() - since > MOST_MS) recorder.current?.stop();
    }, 500);
    return () => clearInterval(timer);
  }, [since]);
  useEffect(() => () => recorder.current?.stream.getTracks().forEach((track) => track.stop()), []);
  if (typeof MediaRecorder === "undefined") return null;
  const start = async (): Promise<void> => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const kind = kinds.find((k) => MediaRecorder.isTypeSupported(k));
    const made = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
    const parts: Blob[] = [];
    made.ondataavailable = ({ data }) => void parts.push(data);
    made.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      setSince(undefined);
      const type = (made.mimeType.split(";", 1)[0] ?? "audio/webm") || "audio/webm";
      if (parts.length) onRecorded(new File(parts, `${t("voiceMessage")}.${extensions[type] ?? "webm"}`, { type }));
    };
    recorder.current = made;
    made.start();
    setSince(Date.now());
  };
  if (since === undefined)
    return (
      <IconButton
        icon="mic"
        label={t("recordVoice")}
        onClick={() => void start().catch(() => say(t("noMicrophone"), { kind: "problem" }))}
      />
    );
  const drop = (): void => {
    const { current } = recorder;
    if (!current) return;
    current.ondataavailable = null;
    current.stop();
  };
  return (
    <span class="recording">
      <span role="timer">{seconds(Date.now() - since)}</span>
      <IconButton icon="trash" label={t("discard")} onClick={drop} />
      <IconButton icon="stop" label={t("sendVoice")} class="primary" onClick={() => recorder.current?.stop()} />
    </span>
  );
}
