/** Calls between members: audio and video go from browser to browser, and only how to get there through the chat. */
import { type Chat } from "moleculer-chat-client";

type Signal = { description: RTCSessionDescriptionInit } | { candidate: RTCIceCandidateInit } | { hangUp: true };
const CALL = "call";

export interface Call {
  readonly peer: number;
  /** Add tracks (`getUserMedia`) to it: that rings at the other side. */
  readonly connection: RTCPeerConnection;
  hangUp(): void;
}
interface Line {
  readonly call: Call;
  take(signal: Signal): Promise<void>;
}

/** `ring` gets a call of somebody else; hanging up refuses it. */
export function phone(chat: Chat, me: number, ring: (call: Call) => void, ended: (call: Call) => void) {
  const lines = new Map<string, Line>();

  function open(conversationId: string, peer: number): Line {
    const connection = new RTCPeerConnection({ iceServers: [{ urls: "stun:stun.l.google.com:19302" }] });
    const tell = async (signal: Signal) => chat.conversation(conversationId)?.sendEvent(CALL, signal, [peer]);
    const describe = async () => {
      await connection.setLocalDescription(); // an offer, or the answer to one
      if (connection.localDescription) await tell({ description: connection.localDescription });
    };
    const close = () => (lines.delete(`${conversationId} ${peer}`), connection.close(), ended(call));
    const call: Call = { peer, connection, hangUp: () => (void tell({ hangUp: true }), close()) };
    connection.onicecandidate = ({ candidate }) => void (candidate && tell({ candidate: candidate.toJSON() }));
    connection.onnegotiationneeded = () => void describe();
    const take = async (signal: Signal): Promise<void> => {
      if ("hangUp" in signal) return close();
      if ("candidate" in signal) return connection.addIceCandidate(signal.candidate).catch(() => undefined);
      const { description } = signal;
      // Both offered at once: one of the two gives way, the same one at both sides.
      if (description.type === "offer" && connection.signalingState !== "stable" && me > peer) return;
      await connection.setRemoteDescription(description);
      if (description.type === "offer") await describe();
    };
    lines.set(`${conversationId} ${peer}`, { call, take });
    return { call, take };
  }

  chat.on("event", ({ name, userId, conversationId, data }) => {
    const signal = data as Signal;
    const known = lines.get(`${conversationId} ${userId}`);
    if (name !== CALL || (!known && !("description" in signal))) return;
    const line = known ?? open(conversationId, userId);
    if (!known) ring(line.call);
    if (known || lines.has(`${conversationId} ${userId}`)) void line.take(signal);
  });
  return (conversationId: string, peer: number): Call => open(conversationId, peer).call;
}
