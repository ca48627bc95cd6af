export type Component = 'kube-controller-manager' | 'kube-apiserver' | 'kubelet';

/**
 * Where a setting stands decides which of two equal ones counts. `argv`: a command line, k3s's lists; the last one.
 * `kubeadm`: its extraArgs; older patches sort them by name and value, newer ones keep their order, see `sortsArgs`.
 * `field`: of a KubeletConfiguration, which has each once.
 */
export type SettingForm = 'argv' | 'kubeadm' | 'field';

/** One setting as a file has it. Flags without their dashes, fields of KubeletConfiguration as they are written there. */
export type ConfigSetting = {
  readonly component: Component;
  readonly name: string;
  /** The name as it is spelled, underscores and all: kubeadm and k3s sort by it. */
  readonly spelled: string;
  readonly value: string;
  /** `file:line:column`, for texts. */
  readonly origin: string;
  readonly form: SettingForm;
  /** The document that it stands in, counted over all files: within one the last of two counts, two may not differ. */
  readonly document: number;
  /** Kubelets that it is for: kubeadm's InitConfiguration is the first node's, a JoinConfiguration that of the others. */
  readonly nodes: 'all' | 'first' | 'joined';
};

/** A flag of a component as it is passed, whatever it is about, underscores made dashes. */
export type PassedFlag = {
  readonly component: Component;
  readonly name: string;
  /** null: filled in from elsewhere. */
  readonly value: string | null;
  readonly origin: string;
};

/** A feature gate as it is passed; null: without a value. */
export type PassedGate = {
  readonly component: Component;
  readonly name: string;
  readonly value: string | null;
  readonly origin: string;
};

/**
 * What a kubelet does with a value that depends on its machine: `text` says what, `amount` how much is asked of the
 * machine, in the unit of `key`. Where the machine is known to bear one amount, it bears a smaller one.
 */
export type MachineBound = { readonly key: string; readonly amount: number; readonly text: string };

/** What a component is passed and bears on some machines only, see `MachineBound`. */
export type PassedBound = MachineBound & { readonly component: Component; readonly origin: string };

/**
 * A document as it stands in a file, taken out of lists and ConfigMaps, with all that it says. `at`: where a path of it is,
 * `file:line:column`. `holder`: what it stands in, where whoever reads it depends on that: a text of a ConfigMap, a file of
 * kubeadm; null: neither, or it is all the same.
 */
export type Tree = {
  readonly holder: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: (path: readonly (string | number)[]) => string;
};

/**
 * What stands around settings, is not read for what it says, and bears on whether a component starts: in which kind of
 * document, where there, and a text that is the same for the same thing.
 */
export type ConfigPart = {
  readonly unit: string;
  readonly key: string;
  readonly value: string;
  readonly origin: string;
};

/**
 * What acts where no formula of a review applies and no run goes, on a component that surely starts with it: by which key,
 * with which value, and what it does.
 */
export type Aside = {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
  readonly text: string;
  /**
   * What of a run it bears on; left out: on nodes. `clients`: on pods and whom clients reach, and not on how nodes are
   * found. `nothing`: on nothing that a run does.
   */
  readonly bearsOn?: 'clients' | 'nothing';
};

/** Where the command line of a component stands; `document` as of its settings. */
export type CommandLine = { readonly component: Component; readonly document: number; readonly origin: string };

/** A document that says all of its kind: what another one of that kind says, and it does not, differs. */
export type CompleteDocument = { readonly kind: string; readonly document: number; readonly origin: string };

/** A version that a file names, `v1.34` or `v1.34.4`, and where. */
export type NamedVersion = { readonly version: string; readonly origin: string };

/** What the documents of a file say about heartbeats. */
export type ConfigFiles = {
  /** The files, as they were named. */
  readonly files: readonly string[];
  /** Kinds of the documents that were read, in order: `Pod kube-apiserver`, `ClusterConfiguration v1beta4`. */
  readonly documents: readonly string[];
  /** Every one in order, equal ones too. */
  readonly settings: readonly ConfigSetting[];
  readonly flags: readonly PassedFlag[];
  readonly gates: readonly PassedGate[];
  /** Fields of KubeletConfiguration that only some versions and gates let a kubelet start with; values as flags have them. */
  readonly fields: readonly PassedFlag[];
  readonly bounds: readonly PassedBound[];
  /** Every document, in order: a review holds them against those of the other side. */
  readonly trees: readonly Tree[];
  /** What a run does not have. */
  readonly parts: readonly ConfigPart[];
  readonly asides: readonly Aside[];
  /** What kubeadm has to read: the version of each of its kinds, `v1beta4`. */
  readonly kubeadmApis: readonly { readonly api: string; readonly origin: string }[];
  /** kubeadm's own feature gates. */
  readonly kubeadmGates: readonly { readonly name: string; readonly origin: string }[];
  /** Whole command lines, those of pods: a flag that one has and another of its component lacks differs. */
  readonly commands: readonly CommandLine[];
  readonly completeDocuments: readonly CompleteDocument[];
  /** By a ClusterConfiguration, and by the tags of static pods' images. */
  readonly versions: readonly NamedVersion[];
  /** Where a version should be and is none by itself: an image by its digest, a label such as `stable-1`. */
  readonly unversioned: readonly string[];
  /** Whether a JoinConfiguration says what joined nodes have; else the first node's flags are taken for theirs. */
  readonly hasJoined: boolean;
  /** What was there, is not read and may change everything, such as patches: with it nothing is surely the same. */
  readonly unread: readonly { readonly origin: string; readonly text: string }[];
  /** What was there and says nothing of heartbeats, or nothing that counts, in words; one sentence each. */
  readonly passedOver: readonly string[];
};
