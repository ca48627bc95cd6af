import type { SurveyedNode } from '../survey/survey.ts';

/** Of a zone's nodes, those that may be hit at once. */
const maxShareOfZone = 0.1;
/** Of a zone's nodes, those that have to stay Ready. The controller's own bound is on those that are not: 55 %. */
const minReadyShareOfZone = 0.55;

/** Shares are compared as whole numbers: 0.1 × 30 is more than 3 in floating point. */
const percent = (share: number): number => Math.round(share * 100);

export const zoneText = (zone: string): string => (zone === '' ? 'the nodes without a zone' : `zone ${zone}`);

export type ZoneRoom = {
  readonly zone: string;
  /** Nodes in it, control planes too: so the node lifecycle controller counts them. */
  readonly nodes: number;
  /** How many of them may be hit at once. */
  readonly room: number;
  /** Why it is no more, in words. */
  readonly why: string;
};

/**
 * How many nodes of each zone may be hit at once: a tenth of them, or one where a tenth is less, and never so many that
 * less than 55 % of them are left Ready. So none of a zone of two, for 50 % would be left; one of three, for 67 % are.
 * Zones are those of the node lifecycle controller, which counts all nodes, of the control plane too. Pure.
 * @see k8s.io/kubernetes pkg/controller/nodelifecycle, ComputeZoneState
 */
export const zoneRooms = (nodes: readonly SurveyedNode[]): readonly ZoneRoom[] =>
  [...Map.groupBy(nodes, ({ zone }) => zone)].map(([zone, inside]) => {
    const count = inside.length;
    const ready = inside.filter((node) => node.ready === 'True').length;
    const byTenth = Math.max(1, Math.floor((count * percent(maxShareOfZone)) / 100));
    const byReady = Math.max(0, Math.floor(ready - (count * percent(minReadyShareOfZone)) / 100));
    const room = Math.min(byTenth, byReady);
    const counted = `${zoneText(zone)}: ${count} ${count === 1 ? 'node' : 'nodes'}, ${ready} Ready`;
    const why =
      byReady < byTenth
        ? `${counted}, of which at least 55 % have to stay Ready: ${byReady} may be hit`
        : `${counted}, of which a tenth, at least one, may be hit at once: ${byTenth}`;
    return { zone, nodes: count, room, why };
  });
