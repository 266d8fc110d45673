# La porte d'entrée : une cible par chose que l'on veut. Aucune logique ici : chaque ligne appelle `cadastre ...`.
CONFIG ?= config/pma.toml
PROCESSUS ?=
PYTHON ?= python3
DONNEES ?= $(abspath ../shared/data)
export CADASTRE_DONNEES ?= $(DONNEES)

BIN := .venv/bin
CADASTRE := $(BIN)/cadastre
OPTION_PROCESSUS := $(if $(PROCESSUS),--processus $(PROCESSUS))
INSTALLE := .venv/.installe
INSTALLE_DEV := .venv/.installe-dev
NOYAUX := .venv/.noyaux
VENDOR := cadastre/publishing/assets/vendor/.complet

.DEFAULT_GOAL := aide
.PHONY: aide demo test telecharger cadastre exports carte fiche consulter verifier etat verifier-code bench nettoyer installer

aide: ## cette aide
	@echo "Cadastre solaire - commandes (CONFIG=config/pma.toml par défaut) :"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'
	@echo "Variables : CONFIG=territoire.toml  PROCESSUS=2  ADRESSE=\"12 rue ...\"  BATIMENT=identifiant"
	@echo "            PUISSANCE=3 et HORAIRE=heures.csv (fiche)  OPTIONS=\"--simuler\" (telecharger)"

installer: $(INSTALLE) $(VENDOR) $(NOYAUX) ## crée .venv, installe le paquet, compile ses noyaux

demo: installer ## le quartier de démonstration, de bout en bout
	$(CADASTRE) demo demo $(OPTION_PROCESSUS)

test: $(INSTALLE_DEV) $(VENDOR) ## toute la suite de tests
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

telecharger: installer ## récupère les données ouvertes du territoire
	$(CADASTRE) telecharger $(CONFIG) $(OPTIONS)

cadastre: installer ## calcule le cadastre, reprend où il s'est arrêté
	$(CADASTRE) calculer $(CONFIG) $(OPTION_PROCESSUS)

exports: installer ## GeoJSON, GeoPackage, CSV
	$(CADASTRE) exporter $(CONFIG)

carte: installer ## le site : la carte interactive
	$(CADASTRE) publier $(CONFIG)

fiche: installer ## la fiche d'un bâtiment : ADRESSE="..." ou BATIMENT=...
	$(CADASTRE) fiche $(CONFIG) $(if $(BATIMENT),--batiment "$(BATIMENT)",--adresse "$(ADRESSE)") $(if $(PUISSANCE),--puissance $(PUISSANCE)) $(if $(HORAIRE),--horaire "$(HORAIRE)")

consulter: installer ## la page locale des conseillers
	$(CADASTRE) consulter $(CONFIG)

verifier: installer ## contrôle les résultats : sommes, bornes, couverture
	$(CADASTRE) verifier $(CONFIG)

etat: installer ## ce qui est calculé, à refaire, en erreur
	$(CADASTRE) etat $(CONFIG)

verifier-code: $(INSTALLE_DEV) ## ruff, mypy, contrats entre pièces, orthographe
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell cadastre tests benchmarks README.md CONTRIBUTING.md CHANGELOG.md

MESURES ?= roof_planes irradiation irradiation_choices weather_files potential ingestion

bench: $(INSTALLE_DEV) $(VENDOR) ## les mesures de vitesse (une heure de plus : python benchmarks/territoire.py)
	for mesure in $(MESURES); do echo "== $$mesure"; $(BIN)/python -m benchmarks.$$mesure || exit 1; done

nettoyer: ## retire l'environnement et la démonstration
	rm -rf .venv node_modules demo cadastre/publishing/assets/vendor

# Une reprise après interruption repart d'un environnement entier : le témoin vient en dernier.
$(INSTALLE): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 ou plus récent est nécessaire (PYTHON=/chemin/vers/python3.11)")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(INSTALLE_DEV): $(INSTALLE) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	touch $@

$(NOYAUX): $(INSTALLE) $(wildcard cadastre/kernels/*.py)
	@echo "Compilation des noyaux de calcul (une seule fois, une minute environ)..."
	$(BIN)/python -m cadastre.pipeline.warm_up
	touch $@

$(VENDOR): package-lock.json $(INSTALLE)
	$(BIN)/python -m cadastre.publishing.assets_npm
	touch $@
