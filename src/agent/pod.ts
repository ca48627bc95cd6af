import type { V1Pod } from '@kubernetes/client-node';
import { quoteCommand } from '../common/command.ts';
import { agentNamespace, ownLabels, runLabel } from '../guard/index.ts';
import { type Act, type Argv, assertAct } from './act.ts';
import { agentScript, nodeScripts, undoScript } from './scripts.ts';

/** On a pod: the complete text of its act. */
export const actAnnotation = 'skipbeat/act';

/** How long an agent waits for the word to go: the harness has just asked whether it is armed. */
export const goWithinMs = 60_000;

/** What an agent needs beside its waiting and its fault: its start, its proofs, and the tries of its undo. */
const spareMs = 120_000;

/** `run` is the label's value: `[A-Za-z0-9._-]{1,63}`. */
export type PodOptions = { readonly run: string; readonly image: string };

/**
 * A kubelet expands `$(NAME)` in what it starts, and makes `$$` one `$`: written so, it starts what was meant.
 * @see k8s.io/kubernetes third_party/forked/golang/expansion, Expand
 */
const asWritten = (text: string): string => text.replaceAll('$', () => '$$');

const podOf = (act: Act, name: string, deadlineMs: number, argv: Argv, { run, image }: PodOptions): V1Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: agentNamespace,
    labels: { ...ownLabels, [runLabel]: run },
    annotations: { [actAnnotation]: JSON.stringify(act) },
  },
  spec: {
    // Bound here: no scheduler has to agree, and no taint keeps it away or takes it away.
    nodeName: act.node,
    tolerations: [{ operator: 'Exists' }],
    restartPolicy: 'Never',
    activeDeadlineSeconds: Math.ceil(deadlineMs / 1000),
    terminationGracePeriodSeconds: 30,
    hostPID: true,
    hostNetwork: true,
    dnsPolicy: 'Default',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [
      {
        name: 'agent',
        image,
        imagePullPolicy: 'IfNotPresent',
        // The namespaces of the node's init: its files, programs and systemd are what the act is about.
        command: ['nsenter', '-t', '1', '-m', '-u', '-i', '-n', '--', ...argv].map(asWritten),
        securityContext: { privileged: true, runAsUser: 0 },
      },
    ],
  },
});

/** The pod that performs an act. @throws Error for an act that is none */
export const actPod = (act: Act, options: PodOptions): V1Pod => {
  assertAct(act);
  const { end, watch } = nodeScripts(act.id);
  const texts = [act.apply, act.undo, act.verify].map(quoteCommand);
  return podOf(
    act,
    `act-${act.id}`,
    goWithinMs + act.lengthMs + (act.madeElsewhere?.throughMs ?? 0) + spareMs,
    [
      ...(['sh', '-c', agentScript, 'skipbeat-agent', act.id, String(act.lengthMs), String(goWithinMs)] as const),
      ...[...texts, end, watch, act.survey === null ? '' : quoteCommand(act.survey)],
      ...(act.madeElsewhere === undefined
        ? []
        : [String(act.madeElsewhere.withinMs), String(act.madeElsewhere.throughMs)]),
    ],
    options,
  );
};

/**
 * The pod that undoes an act now, whoever made it. @param isMakerThrough false: somebody else made the fault and may still act, so that a later undo has
 * to know what is his @throws Error for an act that is none
 */
export const undoPod = (act: Act, options: PodOptions, isMakerThrough = true): V1Pod => {
  assertAct(act);
  const texts = [act.undo, act.verify].map(quoteCommand);
  const argv: Argv = ['sh', '-c', undoScript, 'skipbeat-undo', act.id, ...texts, ...(isMakerThrough ? [] : ['kept'])];
  return podOf(act, `undo-${act.id}`, spareMs, argv, options);
};
