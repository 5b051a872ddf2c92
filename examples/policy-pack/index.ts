import { spawnSync } from "child_process";
import { mkdtempSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { PolicyPack, UnknownValueError } from "@pulumi/policy";

// known copies a property of a resource. What a preview does not know stands as
// an expression of a template, which prove takes for anything.
function known(of: any, key: string | number): any {
    try {
        const value = of[key];
        if (Array.isArray(value)) {
            return Array.from({ length: value.length }, (_, i) => known(value, i));
        }
        return value instanceof Object ? Object.fromEntries(Object.keys(value).map(key => [key, known(value, key)])) : value;
    } catch (err) {
        if (err instanceof UnknownValueError) {
            return "[reference('later')]";
        }
        throw err;
    }
}

// prove holds the rule collection groups of one firewall against the intents, and
// returns what is not proved. The program is aks-egress on PATH.
function prove(resources: object[]): string {
    const file = join(mkdtempSync(join(tmpdir(), "groups-")), "template.json");
    const $schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    writeFileSync(file, JSON.stringify({ $schema, contentVersion: "1.0.0.0", resources }));
    const run = spawnSync("aks-egress", ["prove", file, "--intents", join(process.cwd(), "intents.yaml")], { encoding: "utf8" });
    if (run.status === 0) {
        return "";
    }
    const lines = (run.stdout ?? "").split("\n").filter(line => /^(refuted|unknown)/.test(line));
    return lines.join("\n") || run.stderr || String(run.error);
}

new PolicyPack("aks-egress", {
    policies: [{
        name: "intents",
        description: "What a firewall's rules let through agrees with intents.yaml.",
        enforcementLevel: "mandatory",
        validateStack: (args, reportViolation) => {
            const firewalls = new Map<string, object[]>(); // the groups below each Firewall, or below the stack
            for (const { type, name, props, parent } of args.resources) {
                if (type.endsWith(":FirewallPolicyRuleCollectionGroup")) {
                    const kind = "Microsoft.Network/firewallPolicies/ruleCollectionGroups";
                    const group = { type: kind, apiVersion: "2024-05-01", name: "policy/" + name, properties: { priority: known(props, "priority"), ruleCollections: known(props, "ruleCollections") } };
                    const firewall = parent?.urn ?? "";
                    firewalls.set(firewall, [...firewalls.get(firewall) ?? [], group]);
                }
            }
            for (const [firewall, groups] of firewalls) {
                const said = prove(groups);
                if (said) {
                    reportViolation(said, firewall);
                }
            }
        },
    }],
});
