//! The modules of one crate, and the definition that a path leads to.

use std::collections::HashMap;

use syn::{
    Item, ItemUse,
    ext::IdentExt,
    visit::{self, Visit},
};

use crate::{
    definitions::{Definition, definition_of, generated_types},
    sources::Source,
    uses::{UseBinding, use_paths},
};

/// Modules by index; 0 is the root of the crate.
pub(crate) struct ModuleTree {
    modules: Vec<Module>,
    /// Paths of all `use` declarations.
    imports: Vec<Vec<String>>,
}

#[derive(Default)]
struct Module {
    /// Index of the module above.
    parent: usize,
    names: HashMap<String, Vec<Binding>>,
    /// Imports that bring all names of a module.
    globs: Vec<usize>,
    /// Types that macros may define.
    generated: Vec<Definition>,
}

/// What a name stands for in a module. A name may have several meanings: a module and a function.
enum Binding {
    Module(usize),
    Item(Definition),
    Import(usize),
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Module(usize),
    Item(Definition),
}

impl ModuleTree {
    /// Reads modules, definitions and imports of one crate.
    pub(crate) fn from_sources(sources: &[&Source]) -> Self {
        let mut tree = Self { modules: vec![Module::default()], imports: Vec::new() };
        for (file, source) in sources.iter().enumerate() {
            let module = tree.add_module_path(&source.module);
            tree.add_items(module, file, &source.items);
        }
        tree
    }

    /// The module at a path from the root; 0 if there is none.
    pub(crate) fn module_at(&self, path: &[String]) -> usize {
        path.iter().fold(0, |module, name| self.child(module, name).unwrap_or(0))
    }

    /// The module that `mod name` declares in a module.
    pub(crate) fn child(&self, module: usize, name: &str) -> Option<usize> {
        self.modules[module].names.get(name)?.iter().find_map(|binding| match binding {
            Binding::Module(child) => Some(*child),
            _ => None,
        })
    }

    /// What a path leads to, seen from a module; nothing if it leads out of the crate.
    pub(crate) fn resolve(&self, module: usize, path: &[String]) -> Vec<Target> {
        self.follow_path(module, path, &mut Vec::new())
    }

    /// `followed` are the imports on the way, none of which may be taken twice.
    fn follow_path(
        &self,
        module: usize,
        path: &[String],
        followed: &mut Vec<usize>,
    ) -> Vec<Target> {
        let mut targets = vec![Target::Module(module)];
        for segment in path {
            targets = targets
                .into_iter()
                .flat_map(|target| self.follow_segment(target, segment, followed))
                .collect();
        }
        targets
    }

    fn follow_segment(
        &self,
        target: Target,
        segment: &str,
        followed: &mut Vec<usize>,
    ) -> Vec<Target> {
        match target {
            Target::Module(module) => match segment {
                "crate" => vec![Target::Module(0)],
                "self" => vec![Target::Module(module)],
                "super" => vec![Target::Module(self.modules[module].parent)],
                name => self.lookup(module, name, followed),
            },
            Target::Item(definition) if definition.is_type => vec![Target::Item(definition)],
            Target::Item(_) => Vec::new(),
        }
    }

    fn lookup(&self, module: usize, name: &str, followed: &mut Vec<usize>) -> Vec<Target> {
        let mut targets = Vec::new();
        for binding in self.modules[module].names.get(name).into_iter().flatten() {
            match binding {
                Binding::Module(child) => targets.push(Target::Module(*child)),
                Binding::Item(definition) => targets.push(Target::Item(definition.clone())),
                Binding::Import(import) => {
                    targets.extend(self.follow_import(module, *import, followed));
                }
            }
        }
        if targets.is_empty() {
            targets = self.lookup_in_globs(module, name, followed);
        }
        if targets.is_empty() { self.lookup_generated(module, name) } else { targets }
    }

    fn follow_import(
        &self,
        module: usize,
        import: usize,
        followed: &mut Vec<usize>,
    ) -> Vec<Target> {
        if followed.contains(&import) {
            return Vec::new();
        }
        followed.push(import);
        let targets = self.follow_path(module, &self.imports[import], followed);
        followed.pop();
        targets
    }

    fn lookup_in_globs(&self, module: usize, name: &str, followed: &mut Vec<usize>) -> Vec<Target> {
        let mut targets = Vec::new();
        for glob in &self.modules[module].globs {
            for target in self.follow_import(module, *glob, followed) {
                if let Target::Module(imported) = target {
                    followed.push(*glob);
                    targets.extend(self.lookup(imported, name, followed));
                    followed.pop();
                }
            }
        }
        targets
    }

    fn lookup_generated(&self, module: usize, name: &str) -> Vec<Target> {
        let generated = self.modules[module].generated.iter();
        generated.filter(|type_| type_.name == name).cloned().map(Target::Item).take(1).collect()
    }

    fn add_module_path(&mut self, path: &[String]) -> usize {
        path.iter().fold(0, |parent, name| self.add_module(parent, name))
    }

    fn add_module(&mut self, parent: usize, name: &str) -> usize {
        if let Some(child) = self.child(parent, name) {
            return child;
        }
        let child = self.modules.len();
        self.modules.push(Module { parent, ..Module::default() });
        self.bind(parent, name.to_owned(), Binding::Module(child));
        child
    }

    fn bind(&mut self, module: usize, name: String, binding: Binding) {
        self.modules[module].names.entry(name).or_default().push(binding);
    }

    fn add_items(&mut self, module: usize, file: usize, items: &[Item]) {
        for item in items {
            if let Item::Mod(inner) = item {
                if let Some((_, items)) = &inner.content {
                    let child = self.add_module(module, &inner.ident.unraw().to_string());
                    self.add_items(child, file, items);
                }
                continue;
            }
            if let Some(definition) = definition_of(item, file) {
                self.bind(module, definition.name.clone(), Binding::Item(definition));
            }
            self.modules[module].generated.extend(generated_types(item, file));
            UseCollector { tree: self, module }.visit_item(item);
        }
    }

    fn add_use(&mut self, module: usize, declaration: &ItemUse) {
        for path in use_paths(declaration) {
            let import = self.imports.len();
            self.imports.push(path.segments);
            match path.binding {
                UseBinding::Name(name) => self.bind(module, name, Binding::Import(import)),
                UseBinding::Glob => self.modules[module].globs.push(import),
                UseBinding::Anonymous => {}
            }
        }
    }
}

/// Adds `use` declarations to their module, also those inside of functions.
struct UseCollector<'a> {
    tree: &'a mut ModuleTree,
    module: usize,
}

impl<'ast> Visit<'ast> for UseCollector<'_> {
    fn visit_item_use(&mut self, declaration: &'ast ItemUse) {
        self.tree.add_use(self.module, declaration);
        visit::visit_item_use(self, declaration);
    }
}
