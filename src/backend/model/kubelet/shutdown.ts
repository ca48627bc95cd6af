import { inhibitDelayUs, podStopUs, secondUs } from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isRunning, type NodeState } from '../engine/state.ts';
import type { KubeletPods } from './pods.ts';
import type { StatusLoops } from './status.ts';

/** One shutdown of one node, which has the kubelet that runs when it begins. */
type Shutdown = { readonly node: NodeState; readonly incarnation: number; readonly goOff: () => void };

/**
 * A machine that is shut down over systemd-logind, which waits for the kubelet's inhibitor lock: the kubelet says NotReady at
 * once, ends its pods, critical ones last, and closes the lock. logind waits no longer than the whole period, or its own
 * delay where that is longer. Without a period there is no lock. Each node has one critical pod, kube-proxy, which ends as
 * any other; what systemd itself takes to end everything else is left out.
 * @see kubernetes v1.20 to v1.37 pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go, start and processShutdownEvent;
 *   from v1.34 on nodeshutdown_manager.go, killPods; pkg/kubelet/nodestatus/setters.go, ReadyCondition
 */
export const createShutdown = (
  { behaviour, clock, settings }: Simulation,
  postNow: StatusLoops['postNow'],
  endAll: KubeletPods['endAll'],
): ((node: NodeState, goOff: () => void) => void) => {
  const entireSeconds = (us: number): number => (behaviour.shutdownInTurn ? Math.floor(us / secondUs) * secondUs : us);

  const isOver = ({ node, goOff }: Shutdown): boolean => node.goOff !== goOff;
  const release = (shutdown: Shutdown): void => {
    const { node, incarnation } = shutdown;
    if (isOver(shutdown) || node.incarnation !== incarnation) return;
    if (node.kubelet.frozen) hold(node.kubelet, release, shutdown);
    else shutdown.goOff();
  };
  /** It asks no kubelet, and comes late where all of the machine stands still. */
  const giveUp = (shutdown: Shutdown): void => {
    if (isOver(shutdown)) return;
    if (shutdown.node.silent === 'frozen') hold(shutdown.node.kubelet, giveUp, shutdown);
    else shutdown.goOff();
  };
  const begin = (shutdown: Shutdown): void => {
    const { node, incarnation } = shutdown;
    if (isOver(shutdown) || node.incarnation !== incarnation) return;
    if (node.kubelet.frozen) {
      hold(node.kubelet, begin, shutdown);
      return;
    }
    const { gracePeriodUs, criticalPodsUs } = settings.shutdown ?? { gracePeriodUs: 0, criticalPodsUs: 0 };
    const othersUs = entireSeconds(gracePeriodUs - criticalPodsUs);
    const criticalUs = Math.min(podStopUs, entireSeconds(criticalPodsUs));
    node.endsInOrder = true;
    postNow(node);
    const endedUs = Math.min(endAll(node, Math.floor(othersUs / secondUs) * secondUs), clock.now() + othersUs);
    clock.at((behaviour.shutdownInTurn ? endedUs : clock.now() + othersUs) + criticalUs, release, shutdown);
  };

  /** systemd-logind, which stands still where all of the machine does, is notified. */
  const ask = (asked: Pick<Shutdown, 'node' | 'goOff'>): void => {
    const { node, goOff } = asked;
    if (node.goOff !== goOff) return;
    if (node.silent === 'frozen') {
      hold(node.kubelet, ask, asked);
      return;
    }
    // A kubelet that has just been started holds no lock yet.
    if (settings.shutdown === undefined || !isRunning(node) || clock.now() < node.beginsUs) {
      goOff();
      return;
    }
    const shutdown = { node, incarnation: node.incarnation, goOff };
    begin(shutdown);
    clock.at(clock.now() + Math.max(inhibitDelayUs, settings.shutdown.gracePeriodUs), giveUp, shutdown);
  };

  return (node, goOff) => {
    // It is under way already.
    if (node.goOff !== null) return;
    if (node.silent === 'off') {
      goOff();
      return;
    }
    node.goOff = goOff;
    ask({ node, goOff });
  };
};
