import type { Component } from './types.ts';

/** Those whose settings are read. */
export const components: readonly Component[] = ['kube-controller-manager', 'kube-apiserver', 'kubelet'];
