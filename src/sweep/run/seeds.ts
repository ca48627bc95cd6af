const mixed = (hash: number): number => {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/**
 * A 32-bit seed that follows from what it is for, so that a trial is the same whichever thread, shard or machine runs
 * it, and whatever else is swept over.
 * @see FNV-1a, with the finalizer of MurmurHash3, which spreads neighbours apart
 */
export const seedFor = (parts: readonly (string | number)[]): number => {
  let hash = 0x811c9dc5;
  for (const character of parts.join('/')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return mixed(hash);
};
