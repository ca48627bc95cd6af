type Labels = Readonly<Record<string, string>>;

/** The older label goes before, as long as it stands there, whatever it says. */
const partOf = (labels: Labels, what: 'region' | 'zone'): string =>
  labels[`failure-domain.beta.kubernetes.io/${what}`] ?? labels[`topology.kubernetes.io/${what}`] ?? '';

/**
 * Of a node's labels the zone by which the node lifecycle controller counts: region and zone together are one. `eu/eu-1a`;
 * `eu/` of a region alone, so that it is not the zone `eu`; '': of none. No label's value has a `/` in it.
 * @see k8s.io/component-helpers node/topology/helpers.go, GetZoneKey, which puts `:\0:` between the two
 */
export const zoneOf = (labels: Labels): string => {
  const [region, zone] = [partOf(labels, 'region'), partOf(labels, 'zone')];
  return region === '' ? zone : `${region}/${zone}`;
};
