import { Lockdown } from "@aks-egress/aks-egress";

const lockdown = new Lockdown("lockdown", {
    location: "eastus",
    prefix: "shop",
    features: ["registries", "updates"],
    cluster: { networkPlugin: "azure" },
    egress: [{ name: "payments", fqdns: ["api.payments.example"] }],
});

export const apiServer = lockdown.clusterFqdn;
