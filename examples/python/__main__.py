import pulumi
import aks_egress_aks_egress as aks_egress

lockdown = aks_egress.Lockdown(
    "lockdown",
    location="eastus",
    prefix="shop",
    features=["registries", "updates"],
    cluster=aks_egress.ProfileSettingsArgs(network_plugin=aks_egress.NetworkPlugin.AZURE),
    egress=[aks_egress.EgressSettingsArgs(name="payments", fqdns=["api.payments.example"])],
)

pulumi.export("apiServer", lockdown.cluster_fqdn)
