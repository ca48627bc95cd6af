import { parseGoBoolean } from '../../profile/index.ts';
import { readTable, type Stated, statedBy } from './minor-ranges.ts';

/**
 * Gates that cannot be on without another one, `gate<other`, by minors. No minor before v1.35 has such.
 * @see kubernetes pkg/features/kube_features.go, defaultKubernetesFeatureGateDependencies, of the first and last patch
 */
const needs = readTable(`
  35: InPlacePodVerticalScalingAllocatedStatus<InPlacePodVerticalScaling
    InPlacePodVerticalScalingExclusiveMemory<MemoryManager WindowsCPUAndMemoryAffinity<MemoryManager
  35-36: AuthorizeNodeWithSelectors<AuthorizeWithSelectors GangScheduling<GenericWorkload
    PodCertificateRequest<AuthorizeNodeWithSelectors PodLifecycleSleepActionAllowZero<PodLifecycleSleepAction
    StructuredAuthenticationConfigurationEgressSelector<StructuredAuthenticationConfiguration
    StructuredAuthenticationConfigurationJWKSMetrics<StructuredAuthenticationConfiguration
  35-37: ClusterTrustBundleProjection<ClusterTrustBundle DRAAdminAccess<DynamicResourceAllocation
    DRAConsumableCapacity<DynamicResourceAllocation DRADeviceBindingConditions<DRAResourceClaimDeviceStatus
    DRADeviceBindingConditions<DynamicResourceAllocation DRADeviceTaintRules<DRADeviceTaints
    DRADeviceTaints<DynamicResourceAllocation DRAExtendedResource<DynamicResourceAllocation
    DRAPartitionableDevices<DynamicResourceAllocation DRAPrioritizedList<DynamicResourceAllocation
    DRASchedulerFilterTimeout<DynamicResourceAllocation DeclarativeValidationTakeover<DeclarativeValidation
    DisableAllocatorDualWrite<MultiCIDRServiceAllocator GracefulNodeShutdownBasedOnPodPriority<GracefulNodeShutdown
    InPlacePodLevelResourcesVerticalScaling<InPlacePodVerticalScaling
    InPlacePodLevelResourcesVerticalScaling<NodeDeclaredFeatures
    InPlacePodLevelResourcesVerticalScaling<PodLevelResources
    InPlacePodVerticalScalingExclusiveCPUs<InPlacePodVerticalScaling
    InPlacePodVerticalScalingExclusiveMemory<InPlacePodVerticalScaling
    MatchLabelKeysInPodTopologySpreadSelectorMerge<MatchLabelKeysInPodTopologySpread
    ProcMountType<UserNamespacesSupport ResourceHealthStatus<DynamicResourceAllocation
    RestartAllContainersOnContainerExits<ContainerRestartRules
    RestartAllContainersOnContainerExits<NodeDeclaredFeatures
    ServiceAccountTokenNodeBinding<ServiceAccountTokenNodeBindingValidation StorageVersionAPI<APIServerIdentity
    UnknownVersionInteroperabilityProxy<APIServerIdentity UserNamespacesHostNetworkSupport<UserNamespacesSupport
    WindowsGracefulNodeShutdown<GracefulNodeShutdown
  36: WorkloadAwarePreemption<GangScheduling
  36-37: DRAListTypeAttributes<DynamicResourceAllocation DRANodeAllocatableResources<DynamicResourceAllocation
    DRAResourceClaimGranularStatusAuthorization<DRAResourceClaimDeviceStatus
    DRAResourceClaimGranularStatusAuthorization<DynamicResourceAllocation
    DRAResourcePoolStatus<DynamicResourceAllocation DRAWorkloadResourceClaims<DynamicResourceAllocation
    DRAWorkloadResourceClaims<GenericWorkload DeclarativeValidationBeta<DeclarativeValidation
    ExtendWebSocketsToKubelet<NodeDeclaredFeatures ImageVolumeWithDigest<ImageVolume
    InPlacePodVerticalScalingInitContainers<InPlacePodVerticalScaling
    InPlacePodVerticalScalingInitContainers<NodeDeclaredFeatures PodLevelResourceManagers<PodLevelResources
    ResourceHealthStatusMessage<ResourceHealthStatus StaleControllerConsistencyDaemonSet<AtomicFIFO
    StaleControllerConsistencyJob<AtomicFIFO StaleControllerConsistencyReplicaSet<AtomicFIFO
    StaleControllerConsistencyStatefulSet<AtomicFIFO TopologyAwareWorkloadScheduling<GenericWorkload
    UserNamespacesHostNetworkSupport<NodeDeclaredFeatures WorkloadWithJob<GenericWorkload
  37: CompositePodGroup<GenericWorkload CompositePodGroup<TopologyAwareWorkloadScheduling
    DRADerivedAttributes<DynamicResourceAllocation DRADeviceCompatibilityGroups<DRAPartitionableDevices
    DRADeviceCompatibilityGroups<DynamicResourceAllocation DRAFractionalCapacityRange<DRAConsumableCapacity
    DRAOptionalNodeOperations<DynamicResourceAllocation DRAOptionalNodeOperations<NodeDeclaredFeatures
    DRAPartitionableDevicesType<DRAPartitionableDevices DRAPartitionableDevicesType<DRAResourcePoolStatus
    DRAPartitionableDevicesType<DynamicResourceAllocation EventedPLEG<PLEGOnDemandRelist
    H2CContainerProbe<NodeDeclaredFeatures InPlacePodVerticalScalingMemoryBackedVolumes<InPlacePodVerticalScaling
    InPlacePodVerticalScalingMemoryBackedVolumes<NodeDeclaredFeatures
    InPlacePodVerticalScalingSchedulerPreemption<InPlacePodVerticalScaling
    KubeletAllocatedPodsEndpoint<InPlacePodVerticalScaling NodeControllerLeaseCircuitBreaker<AtomicFIFO
    PodGroupPreemptionPolicy<GenericWorkload PodLevelResourcesFixDefaulting<PodLevelResources
    PodLevelResourcesFixKubeletQOSClass<PodLevelResources StaleControllerConsistencyHPA<AtomicFIFO
`);

/** What those are where nobody sets them: `T` on, `F` off. */
const defaults = readTable(`
  F35: InPlacePodVerticalScalingAllocatedStatus WindowsCPUAndMemoryAffinity
  T35: MemoryManager
  F35 T36-37: DRAConsumableCapacity DRADeviceBindingConditions DRADeviceTaints DRAExtendedResource
    DRAPartitionableDevices InPlacePodLevelResourcesVerticalScaling NodeDeclaredFeatures ResourceHealthStatus
    RestartAllContainersOnContainerExits UnknownVersionInteroperabilityProxy
  T35-36: AuthorizeNodeWithSelectors AuthorizeWithSelectors PodLifecycleSleepAction PodLifecycleSleepActionAllowZero
    StructuredAuthenticationConfiguration StructuredAuthenticationConfigurationEgressSelector
    StructuredAuthenticationConfigurationJWKSMetrics
  F35-36: GangScheduling PodCertificateRequest
  F35-36 T37: ClusterTrustBundle ClusterTrustBundleProjection DRADeviceTaintRules DeclarativeValidationTakeover
  T35-37: APIServerIdentity ContainerRestartRules DRAAdminAccess DRAPrioritizedList DRAResourceClaimDeviceStatus
    DRASchedulerFilterTimeout DeclarativeValidation DisableAllocatorDualWrite DynamicResourceAllocation
    GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority InPlacePodVerticalScaling
    MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MultiCIDRServiceAllocator
    PodLevelResources ProcMountType ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation
    UserNamespacesSupport WindowsGracefulNodeShutdown
  F35-37: GenericWorkload InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory
    StorageVersionAPI UserNamespacesHostNetworkSupport
  F36: WorkloadAwarePreemption
  F36-37: DRAListTypeAttributes DRANodeAllocatableResources DRAResourcePoolStatus DRAWorkloadResourceClaims
    ImageVolumeWithDigest PodLevelResourceManagers TopologyAwareWorkloadScheduling WorkloadWithJob
  T36-37: AtomicFIFO DRAResourceClaimGranularStatusAuthorization DeclarativeValidationBeta ExtendWebSocketsToKubelet
    ImageVolume InPlacePodVerticalScalingInitContainers ResourceHealthStatusMessage
    StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet
    StaleControllerConsistencyStatefulSet
  F37: CompositePodGroup DRADerivedAttributes DRADeviceCompatibilityGroups DRAOptionalNodeOperations
    DRAPartitionableDevicesType EventedPLEG H2CContainerProbe InPlacePodVerticalScalingMemoryBackedVolumes
    InPlacePodVerticalScalingSchedulerPreemption KubeletAllocatedPodsEndpoint PodGroupPreemptionPolicy
  T37: DRAFractionalCapacityRange NodeControllerLeaseCircuitBreaker PLEGOnDemandRelist PodLevelResourcesFixDefaulting
    PodLevelResourcesFixKubeletQOSClass StaleControllerConsistencyHPA
`);

/** Pairs of `gate` and the `other` that it needs, on a minor. */
const pairsOn = (minor: number): readonly { readonly gate: string; readonly other: string }[] =>
  [...needs].flatMap(([pair, stated]) => {
    const [gate = '', other = ''] = pair.split('<');
    return stated(minor) === null ? [] : [{ gate, other }];
  });

/**
 * Gates that are on, by themselves or because they are set, while one that they need is off: the component ends.
 * @param set what is set, by name; `null`: set to what is not known here
 * @see component-base featuregate/feature_gate.go, unsafeSetFromMap: "is enabled, but depends on features that are disabled"
 */
export const lackingGates = (
  set: ReadonlyMap<string, boolean | null>,
  minor: number,
): readonly { readonly gate: string; readonly other: string; readonly isKnown: boolean }[] => {
  const state = (name: string): boolean | null => {
    const own = set.get(name);
    if (own !== undefined) return own;
    const stated = defaults.get(name)?.(minor) ?? null;
    return stated === null ? null : stated === 'T';
  };
  return pairsOn(minor).flatMap(({ gate, other }) => {
    if (!set.has(gate) && !set.has(other)) return [];
    const [on, has] = [state(gate), state(other)];
    if (on === false || has === true) return [];
    return [{ gate, other, isKnown: on === true && has === false }];
  });
};

/**
 * Settings of a kubelet, by the names of their flags, that need a gate; and what that is where nobody sets it.
 * @see kubernetes pkg/kubelet/apis/config/validation/validation.go; cmd/kubelet/app/server.go, RunKubelet and
 *   parseResourceList; pkg/features/kube_features.go, of each minor
 */
const gated: readonly {
  readonly names: readonly string[];
  readonly isAsked: (value: string) => boolean;
  readonly gate: string;
  readonly stated: Stated;
}[] = [
  {
    names: ['seccomp-default'],
    isAsked: (value) => parseGoBoolean(value) === true,
    gate: 'SeccompDefault',
    stated: statedBy('F22-24 T25-37'),
  },
  {
    names: ['rotate-server-certificates'],
    isAsked: (value) => parseGoBoolean(value) === true,
    gate: 'RotateKubeletServerCertificate',
    stated: statedBy('F11 T12-37'),
  },
  {
    names: ['shutdown-grace-period', 'shutdown-grace-period-critical-pods'],
    isAsked: () => true,
    gate: 'GracefulNodeShutdown',
    stated: statedBy('F20 T21-37'),
  },
  {
    names: ['image-maximum-gc-age'],
    isAsked: () => true,
    gate: 'ImageMaximumGCAge',
    stated: statedBy('F29 T30-37'),
  },
  {
    names: ['topology-manager-policy', 'topology-manager-scope'],
    isAsked: (value) => !['', 'none', 'container'].includes(value),
    gate: 'TopologyManager',
    stated: statedBy('F16-17 T18-37'),
  },
  {
    names: ['kube-reserved', 'system-reserved'],
    isAsked: (value) => /(?:^|,)pid=/.test(value),
    gate: 'SupportNodePidsLimit',
    stated: statedBy('F11-14 T15-37'),
  },
];

/** The gate that a kubelet does not start without, where it is off or may be. */
export const gateLackedBy = (
  name: string,
  value: string,
  set: ReadonlyMap<string, boolean | null>,
  minor: number,
): { readonly gate: string; readonly isKnown: boolean } | null => {
  const need = gated.find(({ names, isAsked }) => names.includes(name) && isAsked(value));
  if (need === undefined) return null;
  const own = set.get(need.gate);
  // A minor that is not stated has no such field, and leaves it out.
  const on = own === undefined ? need.stated(minor) !== 'F' : own;
  return on === true ? null : { gate: need.gate, isKnown: on === false };
};
