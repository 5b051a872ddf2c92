// Runs a compiled program, out/index.js, as Pulumi's language host of Node.js
// would: that host cannot be had as a module, so the program runs inline.
// Usage: node run.js up|preview|destroy
const Module = require("module");
const path = require("path");
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

// What a package manager would have linked.
const find = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) =>
    find(name === "@aks-egress/aks-egress" ? path.join(__dirname, "out/sdk/index.js") : name, ...rest);

async function main() {
    const program = async () => require("./out/index.js");
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: "dev", projectName: "shop", program }, { workDir: __dirname });
    await stack[process.argv[2]]({ color: "never", onOutput: text => process.stdout.write(text) });
}

main().catch(err => {
    console.error(err.message);
    process.exit(1);
});
