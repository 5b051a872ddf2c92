import com.aksegress.aksegress.*;
import com.aksegress.aksegress.enums.NetworkPlugin;
import com.aksegress.aksegress.inputs.*;
import com.pulumi.Pulumi;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var lockdown = new Lockdown("lockdown", LockdownArgs.builder()
                .location("eastus")
                .prefix("shop")
                .features("registries", "updates")
                .cluster(ProfileSettingsArgs.builder().networkPlugin(NetworkPlugin.Azure).build())
                .egress(EgressSettingsArgs.builder().name("payments").fqdns("api.payments.example").build())
                .build());
            ctx.export("apiServer", lockdown.clusterFqdn());
        });
    }
}
