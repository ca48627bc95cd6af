// etcd 3.4.13 as the module proxy serves it, with what a current Go needs to compile and link it.
module skipbeat.local/etcd

go 1.16

require go.etcd.io/etcd v0.5.0-alpha.5.0.20200910180754-dd1b699fc489

replace (
	github.com/modern-go/reflect2 => github.com/modern-go/reflect2 v1.0.2
	golang.org/x/sys => golang.org/x/sys v0.30.0
	google.golang.org/grpc => google.golang.org/grpc v1.27.1
)
