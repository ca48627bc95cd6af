import { createHash } from 'node:crypto';

/**
 * A name as Chaos Mesh shortens it: the first five characters, a digest of the rest, and what it is for.
 * @see chaos-mesh controllers/podnetworkchaos/netutils, CompressName
 */
const shortened = (name: string, length: number, suffix: string): string => {
  if (name.length < 6) return `${name}_${suffix}`;
  const digest = createHash('sha256').update(name.slice(5)).digest('hex');
  return `${name.slice(0, 5)}_${digest.slice(0, length - 7 - suffix.length)}_${suffix}`;
};

/** What Chaos Mesh's daemon leaves on a node for one NetworkChaos, by names that no other object has. */
export type ChaosNames = {
  /** Chain of the filter table with what drops what comes in; one of another name with what goes out. */
  readonly input: string;
  readonly output: string;
  /** Sets of addresses; one that refers to others comes before these. With those that a set of the same name was renamed to. */
  readonly sets: readonly string[];
};

/**
 * @param name of the NetworkChaos
 * @see chaos-mesh controllers/podnetworkchaos/iptable GenerateName, ipset GenerateIPSetName; chaosimpl/networkchaos SetDrop, ApplyTc
 */
export const chaosNames = (name: string, isPartition: boolean): ChaosNames => {
  const suffix = isPartition ? 'tgt' : 'netgt';
  const sets = ['set', 'net', 'netport'].map((kind) => shortened(name, 27, `${kind}_${suffix}`));
  return {
    input: `INPUT/${shortened(name, 21, '')}`,
    output: `OUTPUT/${shortened(name, 20, '')}`,
    sets: sets.flatMap((set) => [set, `${set}old`.slice(0, 31)]),
  };
};
