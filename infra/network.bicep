// Optional: the state account has no public address, and the app reaches it through a network of its own.
// What that rules out, since it comes from elsewhere: the upload page and azcopy, links that operators open to download clips for the
// portal, the Speech service reading clips by link (driver = "rest"), and the operators' commands from a laptop. All of these work again
// from inside this network only (a VPN or a peered network). Slack, Speech, prices and meters are reached as before.
param environmentName string
param location string

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'vnet-avatar-ops-${environmentName}'
  location: location
  properties: {
    addressSpace: { addressPrefixes: [ '10.40.0.0/16' ] }
    subnets: [
      {
        name: 'app' // Flex Consumption takes no underscore in this name, and a subnet of its own
        properties: {
          addressPrefix: '10.40.0.0/24'
          delegations: [ { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } } ]
        }
      }
      { name: 'endpoints', properties: { addressPrefix: '10.40.1.0/24' } }
    ]
  }
}

output appSubnetId string = '${network.id}/subnets/app'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
output networkId string = network.id
