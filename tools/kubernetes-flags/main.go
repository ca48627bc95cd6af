// Prints as JSON the flags of kube-controller-manager, kube-apiserver and kubelet of one Kubernetes version, its feature
// gates and which of them need others, from its sources in the module cache: the walk begins where a component makes its
// command and follows every call that is passed, or gives, a set of flags. `odd` are calls that it could not follow; to be checked by hand.
//
//	for m in kubernetes@v1.34.4 apiserver@v0.34.4 component-base@v0.34.4 client-go@v0.34.4 cloud-provider@v0.34.4 \
//	  controller-manager@v0.34.4 apiextensions-apiserver@v0.34.4; do go mod download k8s.io/$m; done
//	go run tools/kubernetes-flags/main.go 1.34.4 > FOLDER/1.34.4.json
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

var fset = token.NewFileSet()
var cache = os.Getenv("HOME") + "/go/pkg/mod/"

type loader struct {
	v    string // 1.34.4
	pk   map[string]*types.Package
	info *types.Info
	body map[types.Object]*ast.FuncDecl
	std  types.Importer
	ctx  build.Context
}

func exists(p string) bool { s, e := os.Stat(p); return e == nil && s.IsDir() }

func (l *loader) dir(path string) string {
	k := cache + "k8s.io/kubernetes@v" + l.v
	if path == "github.com/spf13/pflag" {
		return pflagDir
	}
	rest, ok := strings.CutPrefix(path, "k8s.io/")
	if !ok {
		return ""
	}
	if r, ok := strings.CutPrefix(rest, "kubernetes/"); ok {
		return k + "/" + r
	}
	if d := k + "/staging/src/" + path; exists(d) {
		return d
	}
	mod, sub, _ := strings.Cut(rest, "/")
	d := cache + "k8s.io/" + mod + "@v0." + strings.TrimPrefix(l.v, "1.") + "/" + sub
	if exists(d) {
		return d
	}
	minor := strings.Split(l.v, ".")[1]
	g, _ := filepath.Glob(cache + "k8s.io/" + mod + "@v0." + minor + ".*/" + sub)
	if len(g) > 0 {
		return g[len(g)-1]
	}
	return ""
}

var pflagDir string

// Parts of import paths whose packages are type-checked; all others stand empty, and what fails for that does not matter.
var wanted = []string{"/options", "component-base", "cmd/kube-controller-manager", "cmd/kube-apiserver", "cmd/kubelet", "cmd/kube-scheduler", "cmd/controller-manager", "cmd/cloud-controller-manager/app", "k8s.io/controller-manager", "cloud-provider/options", "pkg/kubeapiserver", "pkg/controlplane/apiserver", "pkg/features", "/features", "apiserver/pkg/util", "pkg/util/flag", "pkg/version/verflag", "client/leaderelectionconfig", "pkg/cloudprovider", "pkg/credentialprovider", "pflag", "apiserver/pkg/server", "pkg/master", "kubelet/config", "client-go/tools/clientcmd", "pkg/serviceaccount", "pkg/kubelet/apis", "pkg/kubelet/util/queue", "admission/defaulttolerationseconds", "component-base/compatibility", "pkg/util/flag"}

func (l *loader) Import(path string) (*types.Package, error) {
	if p, ok := l.pk[path]; ok {
		return p, nil
	}
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if !strings.Contains(strings.Split(path, "/")[0], ".") {
		p, e := l.std.Import(path)
		if e == nil {
			l.pk[path] = p
		}
		return p, e
	}
	ok := false
	for _, w := range wanted {
		if strings.Contains(path, w) {
			ok = true
		}
	}
	d := l.dir(path)
	if !ok || d == "" || !exists(d) {
		p := types.NewPackage(path, filepath.Base(path))
		p.MarkComplete()
		p.SetName(strings.TrimPrefix(filepath.Base(path), "go-"))
		l.pk[path] = p
		return p, nil
	}
	return l.load(path, d), nil
}

func (l *loader) load(path, d string) *types.Package {
	ents, _ := os.ReadDir(d)
	var files []*ast.File
	for _, e := range ents {
		n := e.Name()
		if !strings.HasSuffix(n, ".go") || strings.HasSuffix(n, "_test.go") {
			continue
		}
		if m, _ := l.ctx.MatchFile(d, n); !m {
			continue
		}
		f, err := parser.ParseFile(fset, d+"/"+n, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			fmt.Fprintln(os.Stderr, "parse", err)
			continue
		}
		files = append(files, f)
	}
	conf := types.Config{Importer: l, FakeImportC: true, Error: func(error) {}}
	l.pk[path] = types.NewPackage(path, filepath.Base(path)) // cycle guard
	p, _ := conf.Check(path, fset, files, l.info)
	l.pk[path] = p
	for _, f := range files {
		for _, dcl := range f.Decls {
			if fd, ok := dcl.(*ast.FuncDecl); ok {
				if o := l.info.Defs[fd.Name]; o != nil {
					l.body[o] = fd
				}
			}
		}
	}
	return p
}

func isFlaggy(t types.Type) bool {
	return t != nil && strings.Contains(strings.ToLower(t.String()), "flagset")
}

type flag struct {
	name, method, pos string
}
type scan struct {
	l      *loader
	seen   map[*ast.FuncDecl]bool
	flags  map[string]flag
	odd    map[string]bool
	ranged map[types.Object][]string
}

func pos(n ast.Node) string {
	p := fset.Position(n.Pos())
	return strings.TrimPrefix(p.Filename, cache) + ":" + fmt.Sprint(p.Line)
}

func (s *scan) str(e ast.Expr) (string, bool) {
	tv, ok := s.l.info.Types[e]
	if ok && tv.Value != nil && tv.Value.Kind() == constant.String {
		return constant.StringVal(tv.Value), true
	}
	if b, ok := e.(*ast.BasicLit); ok && b.Kind == token.STRING {
		return strings.Trim(b.Value, "\"`"), true
	}
	return "", false
}

func (s *scan) sprintf(e ast.Expr) []string {
	c, ok := e.(*ast.CallExpr)
	if !ok || len(c.Args) != 2 {
		return nil
	}
	f, ok := s.str(c.Args[0])
	if !ok || strings.Count(f, "%s") != 1 || !strings.HasPrefix(f, "audit-") {
		return nil
	}
	return []string{strings.Replace(f, "%s", "log", 1), strings.Replace(f, "%s", "webhook", 1)}
}

// What is done with a set of flags that adds none.
var skip = map[string]bool{"SetNormalizeFunc": true, "MarkDeprecated": true, "MarkHidden": true, "Lookup": true, "Changed": true, "VisitAll": true, "Visit": true, "FlagSet": true, "Parse": true, "SetOutput": true, "Usage": true, "FlagUsages": true, "MarkShorthandDeprecated": true, "Set": true, "SetInterspersed": true, "GetBool": true, "Args": true, "NArg": true, "FlagUsagesWrapped": true, "PrintSections": true, "PrintFlags": true, "GetNormalizeFunc": true}

func (s *scan) walk(fd *ast.FuncDecl) {
	if fd == nil || fd.Body == nil || s.seen[fd] {
		return
	}
	s.seen[fd] = true
	s.walkNode(fd.Body)
}
func (s *scan) walkNode(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if r, ok := n.(*ast.RangeStmt); ok {
			if cl, ok := r.X.(*ast.CompositeLit); ok {
				if id, ok := r.Value.(*ast.Ident); ok {
					for _, e := range cl.Elts {
						if v, ok := s.str(e); ok {
							s.ranged[s.l.info.Defs[id]] = append(s.ranged[s.l.info.Defs[id]], v)
						}
					}
				}
			}
		}
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		var obj types.Object
		var recv types.Type
		name := ""
		switch f := c.Fun.(type) {
		case *ast.Ident:
			obj = s.l.info.Uses[f]
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
			obj = s.l.info.Uses[f.Sel]
			if sel := s.l.info.Selections[f]; sel != nil {
				recv = sel.Recv()
			} else if tv, ok := s.l.info.Types[f.X]; ok {
				recv = tv.Type
			}
		}
		fn, isFn := obj.(*types.Func)
		inPflag := isFn && fn.Pkg() != nil && (fn.Pkg().Path() == "github.com/spf13/pflag" || fn.Pkg().Path() == "flag")
		if isFn && recv != nil && types.IsInterface(recv) && isFlaggy(recv) {
			inPflag = true
		}
		if inPflag {
			sig := fn.Type().(*types.Signature)
			idx := -1
			for i := 0; i < sig.Params().Len(); i++ {
				if sig.Params().At(i).Name() == "name" {
					idx = i
				}
			}
			if skip[name] {
				return true
			}
			if idx >= 0 && idx < len(c.Args) {
				if name == "NewFlagSet" {
					return true
				}
				if v, ok := s.str(c.Args[idx]); ok {
					s.flags[v] = flag{v, name, pos(c)}
				} else if id, ok := c.Args[idx].(*ast.Ident); ok && s.ranged[s.l.info.Uses[id]] != nil {
					for _, v := range s.ranged[s.l.info.Uses[id]] {
						s.flags[v] = flag{v, name, pos(c)}
					}
				} else if vs := s.sprintf(c.Args[idx]); vs != nil {
					for _, v := range vs {
						s.flags[v] = flag{v, name, pos(c)}
					}
				} else {
					s.odd[pos(c)+" name not constant: "+name] = true
				}
				return true
			}
			if strings.HasPrefix(name, "Add") {
				s.odd[pos(c)+" "+name] = true
			}
			return true
		}
		flaggy := isFlaggy(recv)
		for _, a := range c.Args {
			if tv, ok := s.l.info.Types[a]; ok && isFlaggy(tv.Type) {
				flaggy = true
			}
			if in, ok := a.(*ast.CallExpr); ok {
				if se, ok := in.Fun.(*ast.SelectorExpr); ok && se.Sel.Name == "Flags" {
					flaggy = true
				}
			}
			if id, ok := a.(*ast.Ident); ok && (id.Name == "fs" || id.Name == "fss" || id.Name == "local" || id.Name == "global" || id.Name == "namedFlagSets") {
				flaggy = true
			}
		}
		if isFn {
			if isFlaggy(fn.Type().(*types.Signature).Results()) {
				flaggy = true
			}
		}
		if !flaggy {
			return true
		}
		if name == "registerDeprecated" {
			if v, ok := s.str(c.Args[2]); ok {
				s.flags[strings.ReplaceAll(v, "_", "-")] = flag{v, name, pos(c)}
			}
			return true
		}
		if name == "register" || name == "pflagRegister" || name == "Register" && len(c.Args) == 2 {
			if v, ok := s.str(c.Args[len(c.Args)-1]); ok {
				s.flags[strings.ReplaceAll(v, "_", "-")] = flag{v, name, pos(c)}
			}
			return true
		}
		if isFn && recv != nil && types.IsInterface(recv) && fn.Pkg() != nil {
			hit := false
			for o, b := range s.l.body {
				if o.Name() == name && o.Pkg() == fn.Pkg() && b.Recv != nil {
					s.walk(b)
					hit = true
				}
			}
			if hit {
				return true
			}
		}
		if isFn {
			if b := s.l.body[fn]; b != nil {
				s.walk(b)
				return true
			}
			if b := s.l.body[fn.Origin()]; b != nil {
				s.walk(b)
				return true
			}
		}
		if skip[name] || name == "make" || name == "len" || name == "append" {
			return true
		}
		s.odd[pos(c)+" unresolved "+name] = true
		return true
	})
}

func main() {
	v := os.Args[1]
	pd, _ := filepath.Glob(cache + "github.com/spf13/pflag@v1.0.*")
	pflagDir = pd[len(pd)-1]
	out := map[string]any{}
	var l *loader
	for _, comp := range []struct{ name, pkg, fn string }{
		{"kube-controller-manager", "cmd/kube-controller-manager/app", "NewControllerManagerCommand"},
		{"kube-apiserver", "cmd/kube-apiserver/app", "NewAPIServerCommand"},
		{"kubelet", "cmd/kubelet/app", "NewKubeletCommand"},
	} {
		if l != nil {
			goto ready
		}
		l = &loader{v: v, pk: map[string]*types.Package{}, body: map[types.Object]*ast.FuncDecl{}, std: importer.ForCompiler(fset, "source", nil), ctx: build.Default}
		l.ctx.CgoEnabled = true
		l.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	ready:
		path := "k8s.io/kubernetes/" + comp.pkg
		p := l.load(path, l.dir(path))
		s := &scan{l: l, seen: map[*ast.FuncDecl]bool{}, flags: map[string]flag{}, odd: map[string]bool{}, ranged: map[types.Object][]string{}}
		var root types.Object
		if p != nil {
			root = p.Scope().Lookup(comp.fn)
		}
		if root == nil {
			fmt.Fprintln(os.Stderr, v, comp.name, "NO ROOT")
			continue
		}
		s.walk(l.body[root])
		// what main and init add
		mp := strings.TrimSuffix(path, "/app")
		m := l.load(mp, l.dir(mp))
		if m != nil {
			if o := m.Scope().Lookup("main"); o != nil {
				s.walk(l.body[o])
			}
		}
		odd := []string{}
		for o := range s.odd {
			odd = append(odd, o)
		}
		sort.Strings(odd)
		fl := map[string]string{}
		for n, f := range s.flags {
			fl[n] = f.method + " " + f.pos
		}
		out[comp.name] = map[string]any{"flags": fl, "odd": odd}
	}
	out["gates"], out["needs"] = l.gates()
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", " ")
	e.Encode(out)
}

type spec struct {
	Version, Default, Pre string
	Lock                  bool
}
type gate struct {
	Pkg   string
	Specs []spec
}

// Gates with what is said of each, and the other gates that each needs.
func (l *loader) gates() (map[string]gate, map[string][]string) {
	res := map[string]gate{}
	needs := map[string][]string{}
	for _, path := range []string{"k8s.io/kubernetes/pkg/features", "k8s.io/apiserver/pkg/features", "k8s.io/apiextensions-apiserver/pkg/features", "k8s.io/client-go/features", "k8s.io/component-base/logs/api/v1", "k8s.io/component-base/logs", "k8s.io/component-base/metrics/features", "k8s.io/component-base/zpages/features", "k8s.io/component-base/tracing/features", "k8s.io/controller-manager/pkg/features", "k8s.io/controller-manager/pkg/features/register", "k8s.io/cloud-provider/features", "k8s.io/apiserver/pkg/util/feature", "k8s.io/component-base/featuregate", "k8s.io/kubernetes/pkg/kubelet/features", "k8s.io/kube-aggregator/pkg/features"} {
		d := l.dir(path)
		if d == "" || !exists(d) {
			continue
		}
		if _, ok := l.pk[path]; !ok {
			l.load(path, d)
		}
	}
	s := &scan{l: l}
	for e, tv := range l.info.Types {
		cl, ok := e.(*ast.CompositeLit)
		if !ok {
			continue
		}
		m, ok := tv.Type.Underlying().(*types.Map)
		isGate := ok && strings.HasSuffix(m.Key().String(), ".Feature")
		if mt, ok := cl.Type.(*ast.MapType); ok && !isGate {
			switch k := mt.Key.(type) {
			case *ast.SelectorExpr:
				isGate = k.Sel.Name == "Feature"
			case *ast.Ident:
				isGate = k.Name == "Feature"
			}
		}
		if !isGate {
			continue
		}
		for _, el := range cl.Elts {
			kv, ok := el.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			v, ok := kv.Value.(*ast.CompositeLit)
			if !ok {
				continue
			}
			name, ok := s.str(kv.Key)
			if !ok {
				fmt.Fprintln(os.Stderr, l.v, "gate key not constant", pos(kv))
				continue
			}
			for _, other := range v.Elts {
				if o, ok := s.str(other); ok {
					needs[name] = append(needs[name], o)
				}
			}
			g := gate{Pkg: strings.TrimPrefix(filepath.Dir(fset.Position(kv.Pos()).Filename), cache)}
			g.Specs = s.specs(v)
			if old, ok := res[name]; ok && len(old.Specs) > 0 && len(g.Specs) == 0 {
				continue
			}
			if len(g.Specs) > 0 {
				res[name] = g
			}
		}
	}
	return res, needs
}

func (s *scan) specs(v *ast.CompositeLit) []spec {
	var out []spec
	cur := spec{}
	has := false
	for _, e := range v.Elts {
		switch x := e.(type) {
		case *ast.CompositeLit:
			out = append(out, s.specs(x)...)
		case *ast.KeyValueExpr:
			k, ok := x.Key.(*ast.Ident)
			if !ok {
				continue
			}
			has = true
			switch k.Name {
			case "Default":
				if id, ok := x.Value.(*ast.Ident); ok {
					cur.Default = id.Name
				} else {
					cur.Default = "?"
				}
			case "LockToDefault":
				if id, ok := x.Value.(*ast.Ident); ok {
					cur.Lock = id.Name == "true"
				}
			case "PreRelease":
				if se, ok := x.Value.(*ast.SelectorExpr); ok {
					cur.Pre = se.Sel.Name
				} else if id, ok := x.Value.(*ast.Ident); ok {
					cur.Pre = id.Name
				}
			case "Version":
				if c, ok := x.Value.(*ast.CallExpr); ok && len(c.Args) > 0 {
					if v, ok := s.str(c.Args[0]); ok {
						cur.Version = v
					} else {
						cur.Version = "?"
					}
				}
			}
		}
	}
	if has {
		out = append(out, cur)
	}
	return out
}
