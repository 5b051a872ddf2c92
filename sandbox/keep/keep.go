//go:build keep

package keep

import (
	_ "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	_ "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	_ "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"
	_ "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	_ "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	_ "github.com/hashicorp/hcl/v2/hclsyntax"
	_ "github.com/pulumi/pulumi-azure-native-sdk/authorization/v2/v20220401"
	_ "github.com/pulumi/pulumi-azure-native-sdk/containerregistry/v2/v20230701"
	_ "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240902preview"
	_ "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	_ "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20210501preview"
	_ "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20220601"
	_ "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	_ "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	_ "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2/v20230901"
	_ "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	_ "github.com/pulumi/pulumi-azure-native-sdk/v2"
	_ "github.com/pulumi/pulumi/sdk/v3/go/auto"
	_ "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	_ "github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	_ "github.com/pulumi/pulumi/sdk/v3/proto/go"
	_ "github.com/spf13/cobra"
	_ "github.com/stretchr/testify/require"
	_ "google.golang.org/grpc"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "gopkg.in/yaml.v3"
)
