import { skipbeat } from '../common/invocation.ts';

/**
 * What real controllers of Kubernetes, compiled from the sources of a version, did in the situation of a bug; those in which
 * it was there, and those in which it was not. Held by test/known-bugs/measured.nightly.test.ts. `run`: what real clusters
 * did instead, and the command that shows it, with the version behind it; test/e2e/faults/restarted-kubelet.nightly.test.ts.
 */
export type Measured =
  | { readonly present: readonly string[]; readonly absent: readonly string[]; readonly run?: string }
  /** Why nobody measures it here. */
  | { readonly notMeasured: string };

const kubelet = 'it is the kubelet’s, and of kubelets only the controller of leases is compiled here';
/** Of kind, each time with the version behind it. */
const restarts = skipbeat('run kubelet-restart --backend kind --kubernetes');
const ofShutdowns = 'it is in kubelets of 1.22 and 1.23, of which no node is built here';
const needsApiServer = 'it is the API server that refuses, and the one of these tests is ours';

/** By the id of the bug. */
export const measured: Readonly<Record<string, Measured>> = {
  'kubernetes#94183': { present: ['v1.20.4'], absent: ['v1.18.8', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#80968': { notMeasured: kubelet },
  'kubernetes#120815': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0'], absent: ['v1.34.4', 'v1.37.2'] },
  'kubernetes#74651': { present: ['v1.18.8', 'v1.20.4'], absent: [] },
  'kubernetes#122338': { present: ['v1.20.2'], absent: ['v1.34.4'], run: restarts },
  'kubernetes#100277': { present: ['v1.20.2', 'v1.34.4'], absent: [], run: restarts },
  'kubernetes#113081': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4'], absent: ['v1.37.2'] },
  'kubernetes#138698': { present: ['v1.37.2'], absent: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4'] },
  'kubernetes#89012': { present: ['v1.18.8'], absent: ['v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#90794': { present: ['v1.18.8'], absent: ['v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#80172': {
    notMeasured: 'it is in the kubelet of 1.14 and 1.15, of which nothing is compiled here',
  },
  'kubernetes#48681': {
    notMeasured: 'it is in controllers to 1.16, which are not compiled here',
  },
  'kubernetes#135205': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'], absent: [] },
  'kubernetes#85221': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4'], absent: ['v1.37.2'] },
  'kubernetes#141572': { present: ['v1.37.2'], absent: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4'] },
  'kubernetes#117555': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15'], absent: ['v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#111385': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'], absent: [] },
  'kubernetes#107543': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0'], absent: ['v1.34.4', 'v1.37.2'] },
  'kubernetes#118741': { notMeasured: needsApiServer },
  'kubernetes#112517': { notMeasured: needsApiServer },
  'kubernetes#140639': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'], absent: [] },
  'kubernetes#139992': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'], absent: [] },
  'kubernetes#77981': { present: ['v1.18.8', 'v1.20.4'], absent: ['v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#130001': { notMeasured: kubelet },
  'client-go#374': { present: ['v1.18.8'], absent: ['v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#101652': { present: ['v1.20.4'], absent: ['v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'] },
  'kubernetes#102744': { present: ['v1.20.4', 'v1.28.15', 'v1.31.0'], absent: ['v1.34.4', 'v1.37.2'] },
  'kubernetes#135795': { notMeasured: kubelet },
  'kubernetes#104531': { notMeasured: ofShutdowns },
  'kubernetes#108594': { notMeasured: ofShutdowns },
  'kubernetes#116965': {
    present: ['v1.34.4'],
    absent: [],
    run: skipbeat('run node-shutdown --backend kind --kubernetes'),
  },
  'kubernetes#109998': { present: ['v1.18.8', 'v1.20.4', 'v1.28.15', 'v1.31.0', 'v1.34.4', 'v1.37.2'], absent: [] },
};

/** `onCluster`: on a real cluster, not by its controllers alone. */
export type MeasuredResult = {
  readonly id: string;
  readonly version: string;
  readonly present: boolean;
  readonly onCluster: boolean;
};

/** Each version that a bug was measured on, and what was found. */
export const measuredResults: readonly MeasuredResult[] = Object.entries(measured).flatMap(([id, of]) =>
  'notMeasured' in of
    ? []
    : [
        ...of.present.map((version) => ({ id, version, present: true, onCluster: of.run !== undefined })),
        ...of.absent.map((version) => ({ id, version, present: false, onCluster: of.run !== undefined })),
      ],
);
