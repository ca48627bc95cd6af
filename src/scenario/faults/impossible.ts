/**
 * Faults that people ask for and that no cluster of ours can make: why not, and what comes nearest. Not kinds of their own:
 * a scenario that names one is refused with these words.
 */
type ImpossibleFault = {
  readonly kind: string;
  readonly asked: RegExp;
  readonly why: string;
  readonly closest: string;
};

/**
 * @see time_namespaces(7): CLOCK_MONOTONIC and CLOCK_BOOTTIME have offsets, no other clock has; clock_settime(2) sets
 *   CLOCK_REALTIME for the whole machine
 * @see kubernetes pkg/controller/nodelifecycle: a lease counts as renewed when its renewTime has grown, by whatever clock
 */
export const clockSkew: ImpossibleFault = {
  kind: 'clock-skew',
  asked: /clock|skew|drift|faketime|time(chaos|offset|shift|jump|travel|warp)|^(node)?(ntp|chrony|time$)/,
  why:
    "nodes of kind share this machine's kernel and its wall clock, and time namespaces shift CLOCK_MONOTONIC and " +
    'CLOCK_BOOTTIME alone, never CLOCK_REALTIME, by which heartbeats are stamped',
  closest:
    'clock-jump, which the model alone can have; on a real cluster kubelet-pause for as long as the clock would be set back, for no lease of that node counts as renewed until then',
};

/** What is said behind an unknown kind of fault where it is one that cannot be made; nothing otherwise. */
export const describeImpossible = (kind: string): string => {
  const folded = kind.toLowerCase().replaceAll(/[^a-z]/g, '');
  return clockSkew.asked.test(folded)
    ? `; ${clockSkew.kind} is impossible on real clusters, for ${clockSkew.why}. Nearest: ${clockSkew.closest}`
    : '';
};
