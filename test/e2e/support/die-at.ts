// Makes one fault on a cluster that stands and dies by SIGKILL at a boundary of its making:
//   die-at.ts CLUSTER BOUNDARY FAULT   (FAULT: a planned fault as JSON)
import { fullNodeName, inspectCluster } from '../../../src/cluster/index.ts';
import { armFault } from '../../../src/fault/index.ts';
import { openJournal } from '../../../src/journal/index.ts';
import { containerExec, hostExec, startHold } from '../../../src/node/index.ts';
import type { PlannedFault } from '../../../src/plan/index.ts';

const [cluster = '', boundary = '', fault = ''] = process.argv.slice(2);
const planned = JSON.parse(fault) as PlannedFault;
const die = (here: string): void => {
  if (here === boundary) process.kill(process.pid, 'SIGKILL');
};

const inspected = await inspectCluster(hostExec, cluster);
const nodes = (inspected?.containers ?? [])
  .filter(({ role }) => role === 'control-plane' || role === 'worker')
  .map(({ node, role, address }) => ({ node, role, address: address ?? '', container: fullNodeName(cluster, node) }));
const opened = openJournal(`die-at-${process.pid}`, null, null);
die('before the journal');
const armed = await armFault({
  planned,
  id: planned.id,
  site: {
    cluster,
    incarnation: inspected?.incarnation ?? '',
    run: opened.run,
    nodes,
    exec: containerExec(hostExec),
    hold: startHold,
    host: hostExec,
  },
  journal: {
    ...opened,
    add: (entry) => {
      const added = opened.add(entry);
      die('between journal and switch');
      return added;
    },
  },
  record: ({ type }) => {
    if (type === 'fault.injecting') die('between switch and injection');
    if (type === 'fault.injected') die('after the injection');
    if (type === 'fault.attested') die('while it stands');
    if (type === 'fault.undoing') die('in the undo');
  },
  signal: new AbortController().signal,
});
const active = await armed.inject();
await active.hold();
if (!armed.proved()) throw new Error(`${planned.kind} was not proved`);
