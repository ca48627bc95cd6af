export const phaseKinds = ['steady', 'fault', 'recover'] as const;

export type PhaseKind = (typeof phaseKinds)[number];

/** Names that tell phases apart: the kind, with a number from the second of a kind on. */
export const phaseNames = (kinds: readonly PhaseKind[]): readonly string[] => {
  const seen = new Map<PhaseKind, number>();
  return kinds.map((kind) => {
    const number = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, number);
    return number === 1 ? kind : `${kind}-${number}`;
  });
};
