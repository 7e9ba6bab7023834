//! The items of its own crate that a file uses.

use std::collections::HashSet;

use syn::{
    Attribute, Block, Expr, ExprCall, ImplItemFn, ItemFn, ItemMod, ItemUse, Macro, PatIdent, Path,
    Signature, TraitItemFn,
    ext::IdentExt,
    visit::{self, Visit},
};

use crate::{
    definitions::Definition,
    modules::{ModuleTree, Target},
    sources::Source,
    tokens::{attribute_paths, token_paths},
    uses::{is_reexport, use_paths},
};

/// Every item of the crate that the source names in imports, signatures, bodies and macros.
/// Declarations of modules and re-exports name nothing; methods cannot be resolved.
pub(crate) fn mentioned_items(tree: &ModuleTree, source: &Source) -> Vec<Definition> {
    let module = tree.module_at(&source.module);
    let mut visitor =
        MentionVisitor { tree, module, locals: HashSet::new(), mentioned: Vec::new() };
    source.items.iter().for_each(|item| visitor.visit_item(item));
    visitor.mentioned
}

struct MentionVisitor<'a> {
    tree: &'a ModuleTree,
    module: usize,
    /// Names that the function being visited binds itself.
    locals: HashSet<String>,
    mentioned: Vec<Definition>,
}

impl MentionVisitor<'_> {
    fn add_path(&mut self, path: &[String]) {
        let targets = self.tree.resolve(self.module, path).into_iter();
        self.mentioned.extend(targets.filter_map(|target| match target {
            Target::Item(definition) => Some(definition),
            Target::Module(_) => None,
        }));
    }

    /// A path that begins with `::` leads to another crate.
    fn add_path_of_crate(&mut self, path: &Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string());
            self.add_path(&segments.collect::<Vec<String>>());
        }
    }

    /// An import that may mean a module counts where the name is used.
    fn add_import(&mut self, path: &[String]) {
        let targets = self.tree.resolve(self.module, path);
        if !targets.iter().any(|target| matches!(target, Target::Module(_))) {
            self.add_path(path);
        }
    }

    fn visit_function(&mut self, signature: &Signature, body: Option<&Block>) {
        let mut locals = LocalCollector(HashSet::new());
        locals.visit_signature(signature);
        body.iter().for_each(|body| locals.visit_block(body));
        let outer = std::mem::replace(&mut self.locals, locals.0);
        self.visit_signature(signature);
        body.iter().for_each(|body| self.visit_block(body));
        self.locals = outer;
    }

    fn visit_attributes(&mut self, attributes: &[Attribute]) {
        attributes.iter().for_each(|attribute| self.visit_attribute(attribute));
    }
}

impl<'ast> Visit<'ast> for MentionVisitor<'_> {
    fn visit_item_use(&mut self, declaration: &'ast ItemUse) {
        if !is_reexport(declaration) {
            use_paths(declaration).iter().for_each(|path| self.add_import(&path.segments));
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let name = module.ident.unraw().to_string();
        let inner = self.tree.child(self.module, &name).unwrap_or(self.module);
        let outer = std::mem::replace(&mut self.module, inner);
        visit::visit_item_mod(self, module);
        self.module = outer;
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.visit_attributes(&function.attrs);
        self.visit_function(&function.sig, Some(&function.block));
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        self.visit_attributes(&method.attrs);
        self.visit_function(&method.sig, Some(&method.block));
    }

    fn visit_trait_item_fn(&mut self, method: &'ast TraitItemFn) {
        self.visit_attributes(&method.attrs);
        self.visit_function(&method.sig, method.default.as_ref());
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // A call means the function even if the result is bound to the same name.
        if let Expr::Path(function) = &*call.func {
            self.add_path_of_crate(&function.path);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let is_local =
            path.get_ident().is_some_and(|name| self.locals.contains(&name.unraw().to_string()));
        if !is_local {
            self.add_path_of_crate(path);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        token_paths(&call.tokens).iter().for_each(|path| self.add_path(path));
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        attribute_paths(attribute).iter().for_each(|path| self.add_path(path));
    }
}

/// Collects the names that patterns bind.
struct LocalCollector(HashSet<String>);

impl<'ast> Visit<'ast> for LocalCollector {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.0.insert(pattern.ident.unraw().to_string());
        visit::visit_pat_ident(self, pattern);
    }
}
