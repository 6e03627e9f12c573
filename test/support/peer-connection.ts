/** As much of a browser's RTCPeerConnection as signalling takes: it is connected when both descriptions and a candidate are there. */
export class PeerConnection {
  onicecandidate: ((event: { candidate: { toJSON(): object } | null }) => void) | null = null;
  onnegotiationneeded: (() => void) | null = null;
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  readonly candidates: object[] = [];
  closed = false;
  static made: PeerConnection[] = [];
  private readonly name = `peer ${PeerConnection.made.push(this)}`;

  get signalingState(): string {
    if (this.remoteDescription?.type === "offer" && this.localDescription?.type !== "answer")
      return "have-remote-offer";
    return this.localDescription?.type === "offer" && !this.remoteDescription ? "have-local-offer" : "stable";
  }
  get connectionState(): string {
    if (this.closed) return "closed";
    return this.localDescription && this.remoteDescription && this.candidates.length ? "connected" : "new";
  }
  addTrack(): void {
    queueMicrotask(() => this.onnegotiationneeded?.());
  }
  async setLocalDescription(): Promise<void> {
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.localDescription = { type, sdp: `v=0 of ${this.name}` };
    setTimeout(() => this.onicecandidate?.({ candidate: { toJSON: () => ({ candidate: this.name }) } }), 1); // never before the description
    await Promise.resolve();
  }
  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    if (description.type === "offer") this.localDescription = null; // gives its own way, as a browser rolls back
    this.remoteDescription = description;
    await Promise.resolve();
  }
  async addIceCandidate(candidate: object): Promise<void> {
    if (!this.remoteDescription) throw new Error("no remote description");
    this.candidates.push(candidate);
    await Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
}
