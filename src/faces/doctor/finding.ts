/** What the alignment doctor may find. */

/** What may be the matter with a set. */
export type AlignmentKind =
  /** Faces lie as the template has them. */
  | "aligned"
  /** As CelebA's own aligned pictures have them. */
  | "celeba"
  /** Alike, but smaller than the template has them. */
  | "margin"
  /** Alike, but larger. */
  | "tight"
  /** Alike, but off their place. */
  | "shifted"
  /** Alike, but turned. */
  | "turned"
  /** Pressed together or drawn apart. */
  | "stretched"
  /** Aligned by landmarks of other pictures, as where crops are aligned like the photos that they came from. */
  | "aligned-twice"
  /** Small crops in which faces lie here and there. */
  | "scattered"
  /** Photos, or crops with much around the face. */
  | "photos"
  /** Faces were found in too few images. */
  | "no-faces"
  /** Blue comes first where red should. */
  | "swapped"
  /** There is no colour. */
  | "grey";

/** One thing that was found. */
export interface AlignmentFinding {
  /** What it is. */
  readonly kind: AlignmentKind;
  /** Whether it is likely to do harm. */
  readonly warning: boolean;
  /** What was measured, and what to do about it. */
  readonly text: string;
}

/** A finding. */
export function finding(kind: AlignmentKind, warning: boolean, text: string): AlignmentFinding {
  return { kind, warning, text };
}
