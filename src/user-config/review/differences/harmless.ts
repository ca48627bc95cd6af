import { parseGoBoolean } from '../../../profile/index.ts';
import { silentGates } from '../../tables/harmless-in-run.ts';
import {
  both,
  type Change,
  every,
  isBeside,
  isDefault,
  isDefaultOf,
  isGateDefault,
  isMs,
  isMsOf,
  isNothing,
  isVerbosity,
  type Lets,
  since,
} from './change.ts';
import { aName } from './leaves.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** After so many in a row a kubelet waits the longest between two. @see kubernetes pkg/kubelet/kubelet.go, MaxCrashLoopBackOff */
const fewRestarts = 5;

const digestOf = (imageId: unknown): string | null => /sha256:[\da-f]+$/.exec(String(imageId))?.[0] ?? null;

/** Which changes of a place are harmless, in documents of which kinds, and why. */
type Entry = { readonly kinds: RegExp; readonly at: RegExp; readonly lets: Lets; readonly why: string };

const anyFlags = /^(?:Pod|(?:Cluster|Init|Join)Configuration|configuration of k3s or RKE2)$/;
const flagOf = (flag: string): RegExp =>
  new RegExp(
    `^(?:spec\\.containers\\.[^.]+|(?:apiServer|controllerManager)\\.extraArgs|nodeRegistration\\.kubeletExtraArgs|[a-z-]+-arg)\\.--${flag}$`,
  );
const kubelet = /^KubeletConfiguration$/;
const kubeadm = /^(?:Cluster|Init|Join)Configuration$/;
const cluster = /^ClusterConfiguration$/;
const pod = /^Pod$/;
const probe = (field: string): RegExp =>
  new RegExp(`^spec\\.containers\\.[^.]+\\.(?:liveness|readiness|startup)Probe\\.${field}$`);

/**
 * The only places that may differ in silence, each with the pairs of values that do so: with any of these pairs, in every
 * version from v1.11 to v1.37 that has the place, heartbeats, detection, evictions, what clients reach and whether a
 * component starts are the same. What does not stand here, and differs, is not known.
 */
const harmless: readonly Entry[] = [
  {
    kinds: anyFlags,
    at: flagOf('v'),
    lets: every(isVerbosity),
    why: 'how much is logged, up to what a component logs of each request: component-base logs/api/v1; klog',
  },
  {
    kinds: anyFlags,
    at: flagOf('profiling'),
    lets: every((value) => parseGoBoolean(String(value)) !== null),
    why: 'serves profiles to whoever asks for one: apiserver pkg/server/routes/profiling.go',
  },
  {
    kinds: /^(?:Pod|ClusterConfiguration)$/,
    at: /^(?:spec\.containers\.kube-controller-manager|controllerManager\.extraArgs)\.--secure-port$/,
    lets: both(since(13), isDefault('10257')),
    why: 'the default: kubernetes cmd/kube-controller-manager/app/options, KubeControllerManagerPort',
  },
  {
    kinds: pod,
    at: /^spec\.containers\.kube-apiserver\.--secure-port$/,
    lets: isDefault('6443'),
    why: 'the default: kubernetes pkg/kubeapiserver/options/serving.go, NewSecureServingOptions',
  },
  {
    kinds: anyFlags,
    at: flagOf(`feature-gates (?:${[...silentGates.ofApiServer, ...silentGates.ofAll].join('|')})`),
    lets: every((value) => parseGoBoolean(String(value)) !== null),
    why: 'logs, metrics, pages for people and headers of answers, or none of Linux: pkg/features/kube_features.go of kubernetes, apiserver and component-base',
  },
  {
    kinds: kubelet,
    at: new RegExp(`^featureGates\\.(?:${silentGates.ofAll.join('|')})$`),
    lets: every((value) => typeof value === 'boolean'),
    why: 'the same',
  },
  {
    kinds: anyFlags,
    at: flagOf('feature-gates \\w+'),
    lets: isGateDefault,
    why: 'the default of both versions: see bearing-gates.ts',
  },
  {
    kinds: kubelet,
    at: /^featureGates\.\w+$/,
    lets: isGateDefault,
    why: 'the same',
  },
  {
    kinds: kubelet,
    at: /^logging\.verbosity$/,
    lets: every((value) => typeof value === 'number' && isVerbosity(value)),
    why: 'how much is logged',
  },
  {
    kinds: kubelet,
    at: /^logging\.(?:format|flushFrequency|options\.(?:json|text)\.infoBufferSize)$/,
    lets: (change) =>
      isDefault({ format: 'text', flushFrequency: 0 }[change.name.slice('logging.'.length)] ?? '0')(change),
    why: 'the default, as kubeadm writes it: component-base logs/api/v1, SetRecommendedLoggingConfiguration',
  },
  {
    kinds: kubelet,
    at: /^(?:syncFrequency|fileCheckFrequency|httpCheckFrequency|imageMinimumGCAge|cpuManagerReconcilePeriod|runtimeRequestTimeout|evictionPressureTransitionPeriod|streamingConnectionIdleTimeout|volumeStatsAggPeriod)$/,
    lets: (change) =>
      isMs(
        0,
        {
          syncFrequency: minute,
          fileCheckFrequency: 20_000,
          httpCheckFrequency: 20_000,
          imageMinimumGCAge: 2 * minute,
          cpuManagerReconcilePeriod: 10_000,
          runtimeRequestTimeout: 2 * minute,
          evictionPressureTransitionPeriod: 5 * minute,
          streamingConnectionIdleTimeout: 240 * minute,
          volumeStatsAggPeriod: minute,
        }[change.name] ?? Number.NaN,
      )(change),
    why: 'the default, or 0, which means it: kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go, v1.13 to v1.37',
  },
  {
    kinds: kubelet,
    at: /^(?:address|port|healthzPort|healthzBindAddress|oomScoreAdj|imageGC(?:High|Low)ThresholdPercent|cgroupsPerQOS|cpuManagerPolicy|hairpinMode|cpuCFSQuota|makeIPTablesUtilChains)$/,
    lets: (change) =>
      isDefault(
        {
          address: '0.0.0.0',
          port: 10_250,
          healthzPort: 10_248,
          healthzBindAddress: '127.0.0.1',
          oomScoreAdj: -999,
          imageGCHighThresholdPercent: 85,
          imageGCLowThresholdPercent: 80,
          cgroupsPerQOS: true,
          cpuManagerPolicy: 'none',
          hairpinMode: 'promiscuous-bridge',
          cpuCFSQuota: true,
          makeIPTablesUtilChains: true,
        }[change.name],
      )(change),
    why: 'the default: the same file',
  },
  {
    kinds: cluster,
    at: /^(?:certificatesDir|clusterName|networking\.(?:serviceSubnet|dnsDomain)|etcd\.local\.dataDir|dns\.type|encryptionAlgorithm)$/,
    lets: isDefaultOf({
      certificatesDir: '/etc/kubernetes/pki',
      clusterName: 'kubernetes',
      'networking.serviceSubnet': '10.96.0.0/12',
      'networking.dnsDomain': 'cluster.local',
      'etcd.local.dataDir': '/var/lib/etcd',
      // To v1beta2, which is the only one since.
      'dns.type': 'CoreDNS',
      // Of v1beta4; before it the only one, but for a gate, which goes first since.
      encryptionAlgorithm: 'RSA-2048',
    }),
    why: 'the default: kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta1 to v1beta4, defaults.go',
  },
  {
    kinds: cluster,
    at: /^(?:(?:caC|c)ertificateValidityPeriod|apiServer\.timeoutForControlPlane)$/,
    lets: isMsOf({
      caCertificateValidityPeriod: 3650 * day,
      certificateValidityPeriod: 365 * day,
      // To v1beta3.
      'apiServer.timeoutForControlPlane': 4 * minute,
    }),
    why: 'the default, before v1beta4 the only one there was: the same files, and app/constants/constants.go',
  },
  {
    kinds: cluster,
    at: /^(?:controlPlaneEndpoint|networking\.podSubnet|(?:dns|etcd\.local)\.image(?:Repository|Tag))$/,
    lets: isDefault(''),
    why: 'no pointer, so that empty is as missing, as v1.13 and v1.14 write it: the same, types.go',
  },
  {
    kinds: cluster,
    at: /^(?:(?:dns|proxy)\.disabled|useHyperKubeImage)$/,
    lets: isDefault(false),
    why: 'no pointer, so that false is as missing: the same',
  },
  {
    kinds: cluster,
    at: /^imageRepository$/,
    lets: both(since(25), isDefault('registry.k8s.io')),
    why: 'the default, which was k8s.gcr.io in early patches of v1.22 to v1.24: the same files',
  },
  {
    kinds: /^(?:Init|Join)Configuration$/,
    at: /^(?:localAPIEndpoint\.bindPort|controlPlane\.localAPIEndpoint\.bindPort)$/,
    lets: both(isBeside, isDefault(6443)),
    why: 'the default: the same files',
  },
  {
    kinds: kubeadm,
    at: /^(?:apiServer|controllerManager|scheduler|dns|networking|proxy|etcd|etcd\.local|featureGates|nodeRegistration|localAPIEndpoint|timeouts|skipPhases|bootstrapTokens|nodeRegistration\.(?:kubeletExtraArgs|ignorePreflightErrors)|(?:apiServer|controllerManager|scheduler|etcd\.local)\.(?:extra(?:Args|Envs|Volumes)|\w*[cC]ertSANs))$/,
    lets: isNothing,
    why: 'no pointer, or one that is filled in, so that empty is as missing: cmd/kubeadm/app/apis/kubeadm/v1beta1 to v1beta4, types.go and defaults.go',
  },
  {
    kinds: kubeadm,
    at: /^(?:etcd\.external|patches|controlPlane|nodeRegistration\.(?:taints|imagePullPolicy|imagePullSerial)|timeouts\.\w+|(?:caC|c)ertificateValidityPeriod|apiServer\.timeoutForControlPlane|discovery\.(?:file|bootstrapToken|timeout))$/,
    lets: isDefault(null),
    why: 'as missing to Go; kubeadm config print writes taints: null: the same, types.go',
  },
  {
    kinds: /^(?:Init|Join)Configuration$/,
    at: /^nodeRegistration\.(?:name|criSocket)$/,
    lets: isDefault(''),
    why: 'no pointer, so that empty is as missing: the same',
  },
  {
    kinds: /^(?:Init|Join)Configuration$/,
    at: /^nodeRegistration\.imagePullPolicy$/,
    lets: both(since(22), isDefault('', 'IfNotPresent')),
    why: 'the default of v1beta3 and v1beta4: the same, defaults.go',
  },
  {
    kinds: /^(?:Init|Join)Configuration$/,
    at: /^nodeRegistration\.imagePullSerial$/,
    lets: both(since(31), isDefault(true)),
    why: 'the default of v1beta4: the same',
  },
  {
    kinds: /^(?:Init|Join)Configuration$/,
    at: /^(?:timeouts\.\w+|discovery\.timeout)$/,
    lets: isMsOf({
      'timeouts.controlPlaneComponentHealthCheck': 4 * minute,
      'timeouts.kubeletHealthCheck': 4 * minute,
      'timeouts.kubernetesAPICall': minute,
      'timeouts.etcdAPICall': 2 * minute,
      'timeouts.tlsBootstrap': 5 * minute,
      'timeouts.discovery': 5 * minute,
      'timeouts.upgradeManifests': 5 * minute,
      // To v1beta3.
      'discovery.timeout': 5 * minute,
    }),
    why: 'the default: the same, and app/constants/constants.go',
  },
  {
    kinds: /^JoinConfiguration$/,
    at: /^caCertPath$/,
    lets: isDefault('', '/etc/kubernetes/pki/ca.crt'),
    why: 'the default: the same, defaults_unix.go',
  },
  {
    kinds: /^InitConfiguration$/,
    at: /^bootstrapTokens\.\d+\.ttl$/,
    lets: both(isBeside, isMs(day)),
    why: 'the default: the same, SetDefaults_BootstrapToken',
  },
  {
    kinds: cluster,
    at: /^apiServer\.certSANs\..+$/,
    lets: ({ before, after }) => before === undefined && after === aName,
    why: 'one name more: a certificate that is there stays, and a new one is good for all names as before: cmd/kubeadm/app/util/pkiutil, GetAPIServerAltNames',
  },
  {
    kinds: pod,
    at: probe('(?:periodSeconds|timeoutSeconds|successThreshold|failureThreshold|httpGet\\.scheme)'),
    lets: (change) => {
      const field = change.name.replace(/^.*Probe\./, '');
      const value = { periodSeconds: 10, failureThreshold: 3, 'httpGet.scheme': 'HTTP' }[field] ?? 1;
      return both(isBeside, isDefault(value))(change);
    },
    why: 'the default: kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_Probe, which a kubelet applies as well',
  },
  {
    kinds: pod,
    at: /^spec\.(?:restartPolicy|dnsPolicy|terminationGracePeriodSeconds)$/,
    lets: (change) =>
      isDefault(
        { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 }[
          change.name.slice('spec.'.length)
        ],
      )(change),
    why: 'the default: the same file, SetDefaults_PodSpec',
  },
  {
    kinds: /^(?:Pod|ConfigMap)$/,
    at: /^metadata\.creationTimestamp$/,
    lets: isDefault(null),
    why: 'what kubeadm wrote into its manifests: apimachinery ObjectMeta, which omits no empty time',
  },
  {
    kinds: pod,
    at: /^(?:status\.(?!containerStatuses\.\d+\.(?:imageID|restartCount)$).+|metadata\.(?:uid|resourceVersion|creationTimestamp|generation|(?:ownerReferences|managedFields)\..+|annotations\.kubernetes\.io\/config\.(?:hash|seen|mirror)))$/,
    lets: ({ isShown }) => isShown,
    why: 'what kubelets and the API server found out, of two pods that were read from one: no file of a kubelet',
  },
  {
    kinds: pod,
    at: /^status\.containerStatuses\.\d+\.imageID$/,
    lets: ({ isShown, isOneRelease, before, after }) =>
      isShown && (!isOneRelease || (digestOf(before) !== null && digestOf(before) === digestOf(after))),
    why: 'the same binary by whatever name, or that of the other release, of which a row speaks',
  },
  {
    kinds: pod,
    at: /^status\.containerStatuses\.\d+\.restartCount$/,
    lets: ({ isShown, before, after }) => isShown && Number(after) <= Number(before) + fewRestarts,
    why: 'a few restarts happen to every pod of a control plane, as where etcd or the machine starts anew',
  },
  {
    kinds: /^ConfigMap$/,
    at: /^metadata\.(?:uid|resourceVersion|creationTimestamp|managedFields\..+)$/,
    lets: every(() => true),
    why: 'what the API server writes; nobody reads it of a ConfigMap',
  },
];

/** Whether a change stands on the list. */
export const isHarmless = (change: Change): boolean =>
  change.isOnce &&
  harmless.some(({ kinds, at, lets }) => kinds.test(change.kind) && at.test(change.name) && lets(change));
