/**
 * The data directory as the process that carries the traffic holds it. Whoever has this value has
 * the directory's exclusive lock, until `release`.
 */
export type DataDirectory = {
  /** Absolute path. */
  readonly path: string;
  /** Random id of this installation, in every journal segment's header. */
  readonly installation: string;
  /** 32 bytes that key the fingerprints of keys and prompt blocks. Never logged, never sent. */
  readonly secret: Uint8Array;
  /** Says where the gateway and the control plane listen, so that other commands can tell. */
  readonly announce: (gateway: string, control?: string) => void;
  /** Lets go of the lock. Harmless to repeat. */
  readonly release: () => void;
};
