using System.Collections.Generic;
using AksEgress.AksEgress;
using AksEgress.AksEgress.Inputs;

return await Pulumi.Deployment.RunAsync(() =>
{
    var lockdown = new Lockdown("lockdown", new()
    {
        Location = "eastus",
        Prefix = "shop",
        Features = { "registries", "updates" },
        Cluster = new ProfileSettingsArgs { NetworkPlugin = NetworkPlugin.Azure },
        Egress = { new EgressSettingsArgs { Name = "payments", Fqdns = { "api.payments.example" } } },
    });
    return new Dictionary<string, object?> { ["apiServer"] = lockdown.ClusterFqdn };
});
