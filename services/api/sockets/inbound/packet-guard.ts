/** A look at large packets before they are parsed: what no contract has would hold the loop while it is built, and after. */

/** Below that, nothing takes long. */
const LARGE = 16_384;
/** Of objects and lists in each other, the packet's own list included. */
const DEPTH = 34;
/** Fields, objects and lists: the largest map of any contract has 10,000 fields. */
const PIECES = 12_000;

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const isOpening = (c: number): boolean => c === 0x5b || c === 0x7b;
const isClosing = (c: number): boolean => c === 0x5d || c === 0x7d;

/** An odd number of backslashes before it makes a quote part of its string. */
function isEscaped(text: string, quote: number): boolean {
  let first = quote;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}

/** The index of the quote that ends the string which begins at `from`. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isTangled(text: string): boolean {
  let [depth, pieces] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i);
    else if (isClosing(c)) depth--;
    else if (isOpening(c)) {
      pieces++;
      depth++;
    } else if (c === COLON) pieces++;
    if (depth > DEPTH || pieces > PIECES) return true;
  }
  return false;
}

/** An event, up to the end of its name or as much of it as a name may have. */
const HEAD = /^2(?:\/[\w-]{1,40},)?\d{0,15}\["[^"\\]{1,64}/;
/** No payload that is accepted: the event is refused in the usual way, with its ack. */
const REFUSED = '"nested too deeply, or too many fields"';
const CONNECT = /^0(?:\/[\w-]{1,40},)?/;
/** No token is as long as that: the handshake is refused in the usual way, where a closed transport would say nothing. */
const NO_TOKEN = '{"token":0}';

/**
 * The Socket.IO packet as it is to be parsed: itself; an event without its payload where that is tangled, or without the
 * rest of a name that no event has; a handshake without what it brings; nothing at all where something else is large.
 */
export function untangled(packet: string): string {
  if (packet.length < LARGE) return packet;
  const [connect] = CONNECT.exec(packet) ?? [];
  if (connect !== undefined) return connect + NO_TOKEN;
  const [head] = HEAD.exec(packet) ?? [];
  if (head === undefined) return "";
  if (packet[head.length] !== '"') return `${head}"]`;
  return isTangled(packet) ? `${head}",${REFUSED}]` : packet;
}

const SEPARATOR = "\u001e";
/** Several times what a client may say in a burst. */
const PACKETS = 1_000;

/** More packets in one body of long polling than anyone sends who keeps to the limits: each costs a look. */
export const isFlood = (body: string): boolean => body.split(SEPARATOR, PACKETS + 1).length > PACKETS;
