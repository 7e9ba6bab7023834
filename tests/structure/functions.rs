//! The functions of a file, with their lengths and named closures.

use syn::{
    Block, Expr, ImplItemFn, ItemFn, ItemImpl, Local, Pat, Signature, TraitItemFn,
    visit::{self, Visit},
};

use crate::sources::Source;

/// A function or method that has a body.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// Lines from `fn` to the closing brace.
    pub(crate) lines: usize,
    /// Whether it is a method in an `impl Trait for Type`, so that the trait chose its name.
    pub(crate) implements_trait: bool,
    /// Names of closures that the body binds with `let`, inner functions left out.
    pub(crate) named_closures: Vec<String>,
}

impl Function {
    /// File and line, as editors understand it.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Every function in the sources, inner functions included.
pub(crate) fn all_functions(sources: &[Source]) -> Vec<Function> {
    sources.iter().flat_map(functions_of).collect()
}

fn functions_of(source: &Source) -> Vec<Function> {
    let mut collector = FunctionCollector {
        file: &source.path,
        in_trait_impl: false,
        named_closures: Vec::new(),
        functions: Vec::new(),
    };
    source.items.iter().for_each(|item| collector.visit_item(item));
    collector.functions
}

struct FunctionCollector<'a> {
    file: &'a str,
    in_trait_impl: bool,
    /// Named closures of the function whose body is being visited.
    named_closures: Vec<String>,
    functions: Vec<Function>,
}

impl FunctionCollector<'_> {
    fn add_function(&mut self, signature: &Signature, body: &Block, implements_trait: bool) {
        let outer_closures = std::mem::take(&mut self.named_closures);
        self.visit_block(body);
        let line = signature.fn_token.span.start().line;
        self.functions.push(Function {
            name: signature.ident.to_string(),
            file: self.file.to_owned(),
            line,
            lines: body.brace_token.span.close().end().line - line + 1,
            implements_trait,
            named_closures: std::mem::replace(&mut self.named_closures, outer_closures),
        });
    }
}

impl<'ast> Visit<'ast> for FunctionCollector<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add_function(&function.sig, &function.block, false);
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let outer = std::mem::replace(&mut self.in_trait_impl, block.trait_.is_some());
        visit::visit_item_impl(self, block);
        self.in_trait_impl = outer;
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        self.add_function(&method.sig, &method.block, self.in_trait_impl);
    }

    fn visit_trait_item_fn(&mut self, method: &'ast TraitItemFn) {
        if let Some(body) = &method.default {
            self.add_function(&method.sig, body, false);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        let is_closure = local.init.as_ref().is_some_and(|init| is_closure(&init.expr));
        if let Some(name) = bound_name(&local.pat).filter(|_| is_closure) {
            self.named_closures.push(name);
        }
        visit::visit_local(self, local);
    }
}

fn is_closure(value: &Expr) -> bool {
    match value {
        Expr::Closure(_) => true,
        Expr::Paren(inner) => is_closure(&inner.expr),
        Expr::Reference(inner) => is_closure(&inner.expr),
        _ => false,
    }
}

fn bound_name(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(pattern) => Some(pattern.ident.to_string()),
        Pat::Type(pattern) => bound_name(&pattern.pat),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::made_up_sources;

    fn functions_in(text: &str) -> Vec<Function> {
        all_functions(&made_up_sources(&[("lib.rs", text)]))
    }

    #[test]
    fn functions_of_every_kind_are_found() {
        let functions = functions_in(
            "fn free() { fn inner() {} }
             impl Tag { pub fn method(&self) {} }
             trait Named { fn required(&self); fn provided(&self) {} }
             impl Named for Tag { fn required(&self) {} }",
        );
        let names: Vec<_> =
            functions.iter().map(|f| (f.name.as_str(), f.implements_trait)).collect();
        assert_eq!(
            names,
            [
                ("inner", false),
                ("free", false),
                ("method", false),
                ("provided", false),
                ("required", true)
            ]
        );
    }

    #[test]
    fn the_length_runs_from_fn_to_the_closing_brace() {
        let functions =
            functions_in("/// Text.\n#[must_use]\npub fn name(\n    a: u8,\n) -> u8 {\n    a\n}");
        assert_eq!((functions[0].line, functions[0].lines), (3, 5));
    }

    #[test]
    fn a_closure_counts_for_the_innermost_function_that_names_it() {
        let functions = functions_in(
            "fn outer() {
                 let double = |a: u8| a * 2;
                 fn inner() { let load: &dyn Fn() = &|| (); let later = async move || (); }
                 let sum = [1].iter().map(|a| a + 1).sum::<u8>();
             }",
        );
        let closures: Vec<_> = functions.iter().map(|f| f.named_closures.join(" ")).collect();
        assert_eq!(closures, ["load later", "double"]);
    }
}
