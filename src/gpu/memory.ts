/** The count of a device's memory, shared by its pools. */
export class MemoryCount {
  /** Bytes allocated on the device, idle ones included. */
  allocatedBytes = 0;
  /** Bytes handed out now. */
  usedBytes = 0;
  /** The largest `allocatedBytes` so far. */
  peakBytes = 0;

  /** Counts an allocation, or with negative `bytes` its end. */
  allocate(bytes: number): void {
    this.allocatedBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.allocatedBytes);
  }

  /** Counts memory handed out, or with negative `bytes` given back. */
  use(bytes: number): void {
    this.usedBytes += bytes;
  }
}
