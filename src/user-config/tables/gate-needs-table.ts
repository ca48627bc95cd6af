// Made by tools/kubernetes-gate-needs.ts from the sources of Kubernetes; not to be edited.

/** Gates that cannot be on without another one, `gate<other`, by minors; `?`: not on all patches of those. */
export const gateNeedsTable = `
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
`;

/** What those are where nobody sets them: `T` on, `F` off, `?` not known. */
export const gateDefaultsTable = `
    F35: InPlacePodVerticalScalingAllocatedStatus WindowsCPUAndMemoryAffinity
    T35: MemoryManager
    F35 T36-37: DRAConsumableCapacity DRADeviceBindingConditions DRADeviceTaints DRAExtendedResource
      DRAPartitionableDevices InPlacePodLevelResourcesVerticalScaling NodeDeclaredFeatures ResourceHealthStatus
      RestartAllContainersOnContainerExits UnknownVersionInteroperabilityProxy
    F35-36: GangScheduling PodCertificateRequest
    F35-36 T37: ClusterTrustBundle ClusterTrustBundleProjection DRADeviceTaintRules
    T35-36: AuthorizeNodeWithSelectors AuthorizeWithSelectors PodLifecycleSleepAction PodLifecycleSleepActionAllowZero
      StructuredAuthenticationConfiguration StructuredAuthenticationConfigurationEgressSelector
      StructuredAuthenticationConfigurationJWKSMetrics
    F35-37: DeclarativeValidationTakeover GenericWorkload InPlacePodVerticalScalingExclusiveCPUs
      InPlacePodVerticalScalingExclusiveMemory StorageVersionAPI UserNamespacesHostNetworkSupport
    T35-37: APIServerIdentity ContainerRestartRules DRAAdminAccess DRAPrioritizedList DRAResourceClaimDeviceStatus
      DRASchedulerFilterTimeout DeclarativeValidation DisableAllocatorDualWrite DynamicResourceAllocation
      GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority InPlacePodVerticalScaling
      MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MultiCIDRServiceAllocator
      PodLevelResources ProcMountType ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation
      UserNamespacesSupport WindowsGracefulNodeShutdown
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
    T37: DRAFractionalCapacityRange NodeControllerLeaseCircuitBreaker PLEGOnDemandRelist
      PodLevelResourcesFixDefaulting PodLevelResourcesFixKubeletQOSClass StaleControllerConsistencyHPA
`;
