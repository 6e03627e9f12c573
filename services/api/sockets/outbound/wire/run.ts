/**
 * What waits to be written to a socket in this turn of the loop. Runs form a tree: sockets that were given the same
 * frames in the same order stand at the same node, so that their frames are joined into one buffer once for all.
 */
import { frameSize, TEXT, writeHead } from "./frames";

type Piece = Buffer | string;

export class Run {
  /** Of all frames up to here, joined. */
  readonly bytes: number;
  private joined: Buffer | undefined;
  /** A room's frame is given to one member after the other: remembering the last step finds nearly all of them. */
  private nextFrame: Buffer | undefined;
  private next: Run | undefined;

  /** `payload`: bytes of a text piece, which is written out only when the run is joined. */
  private constructor(
    private readonly before: Run | undefined,
    private readonly piece: Piece,
    private readonly payload: number,
  ) {
    this.bytes = (before?.bytes ?? 0) + (typeof piece === "string" ? frameSize(payload) : piece.length);
  }

  static empty(): Run {
    return new Run(undefined, Buffer.alloc(0), 0);
  }

  /** This run and then a frame that other sockets get, too. */
  withShared(frame: Buffer): Run {
    if (this.nextFrame !== frame || !this.next) {
      this.next = new Run(this, frame, 0);
      this.nextFrame = frame;
    }
    return this.next;
  }

  /** This run and then a text message for this socket alone. */
  withText(text: string): Run {
    return new Run(this, text, Buffer.byteLength(text));
  }

  /** This run and then a frame for this socket alone. */
  withFrame(frame: Buffer): Run {
    return new Run(this, frame, 0);
  }

  buffer(): Buffer {
    return (this.joined ??= this.join());
  }

  private join(): Buffer {
    if (typeof this.piece !== "string" && this.before?.bytes === 0) return this.piece;
    const target = Buffer.allocUnsafe(this.bytes);
    this.write(target);
    let run = this.before;
    while (run && !run.joined) {
      run.write(target);
      run = run.before;
    }
    run?.joined?.copy(target);
    return target;
  }

  private write(target: Buffer): void {
    const start = this.before?.bytes ?? 0;
    if (typeof this.piece === "string") target.write(this.piece, writeHead(target, start, TEXT, this.payload));
    else this.piece.copy(target, start);
  }
}
