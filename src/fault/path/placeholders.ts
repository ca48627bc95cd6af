import type { FaultCommands } from '../fault.ts';
import { pasteable } from '../simple.ts';
import { lossCommands, type RelayedFault, type RelayLayout, relayCommands } from './relayed.ts';
import { markOf, removeCommand } from './rules.ts';
import { apiServerPort, type NetworkSurvey } from './survey.ts';

/** A survey of a node that does not stand yet, with words where its addresses will be. */
export const unknownSurvey = (container: string): NetworkSurvey => ({
  container,
  address: `<address of ${container}>`,
  gateway: '<gateway>',
  device: 'eth0',
  apiServers: [{ ipv4: '<address of control-plane>', ipv6: null, port: apiServerPort }],
  service: { ipv4: '<address of Service kubernetes>', port: 443 },
  routeLocalnet: true,
  listing: '',
});

const timeoutMs = 0;

/** Commands for people, one node. `runs` says what goes on beside the node. */
export const commandsOn = (
  node: string,
  container: string,
  planned: RelayedFault,
  layout: RelayLayout,
): FaultCommands => {
  const mark = markOf('RUN', planned.id);
  const ports = layout.routes.map((_, index) => `<relay port${index === 0 ? '' : ` ${index + 1}`}>`);
  const shown = (argv: readonly [string, ...string[]]): string => pasteable({ node: container, argv, timeoutMs });
  const relays = layout.routes.map(
    ({ target }, index) => `# a relay in skipbeat itself: <gateway>:${ports[index]} → ${target.host}:${target.port}`,
  );
  return {
    node,
    apply: [
      ...relays,
      ...relayCommands(layout, ports, mark).map(shown),
      '# everything goes through the relay: the fault begins, and the relay delays',
      ...lossCommands(layout, ports, mark).map(shown),
    ],
    undo: [
      '# the fault ends: the relay delays no more',
      shown(removeCommand(mark, layout.sysctl)),
      '# the relay is drained and closed',
    ],
  };
};
