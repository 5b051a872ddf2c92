// Parses queries by Microsoft's own Kusto parser, with the tables that Log
// Analytics has, and fails on whatever it finds: node check.js FILE…
const fs = require('fs');
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

const { KustoCode, GlobalState, Symbols } = Kusto.Language;

const rule = 'Policy: string, RuleCollectionGroup: string, RuleCollection: string, Rule: string, ActionReason: string';
const flow = 'TimeGenerated: datetime, Protocol: string, SourceIp: string, SourcePort: int, DestinationPort: int, Action: string';
const tables = Object.entries({
  AZFWApplicationRule: `${flow}, Fqdn: string, TargetUrl: string, IsTlsInspected: bool, ${rule}`,
  AZFWNetworkRule: `${flow}, DestinationIp: string, ${rule}`,
  AZFWThreatIntel: `${flow}, DestinationIp: string, Fqdn: string, TargetUrl: string, ThreatDescription: string`,
  AZFWIdpsSignature: `${flow}, DestinationIp: string, SignatureId: string, Category: string, Description: string, Severity: int`,
  AzureDiagnostics: 'TimeGenerated: datetime, Category: string, OperationName: string, msg_s: string',
}).map(([name, columns]) => Symbols.TableSymbol.From(`(${columns})`).WithName(name));

// The constructors' overloads are numbered; one takes a name and tables.
function database() {
  for (const key of Object.keys(Symbols.DatabaseSymbol).filter((k) => k.includes('ctor'))) {
    for (const args of [['db', null, tables, false], ['db', tables]]) {
      try {
        const made = new Symbols.DatabaseSymbol[key](...args);
        if (made.Tables.Count === tables.length) return made;
      } catch {
        // Another overload.
      }
    }
  }
  throw new Error('this version of the parser takes no tables');
}

function faults(query, globals) {
  const found = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, i) => found.getItem(i));
}

const globals = GlobalState.Default.WithDatabase(database());
if (faults('AZFWNetworkRule | where NoSuchColumn == 1', globals).length === 0) {
  throw new Error('this version of the parser finds no fault in a query that has one');
}
let failed = false;
for (const file of process.argv.slice(2)) {
  const query = fs.readFileSync(file, 'utf8');
  for (const f of faults(query, globals)) {
    failed = true;
    console.error(`${file}:${query.slice(0, f.Start).split('\n').length}: ${f.Message}`);
  }
}
process.exit(failed ? 1 : 0);
