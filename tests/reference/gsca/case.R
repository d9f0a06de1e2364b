# GSCA and importance-performance by cSEM 0.6.1, criteria of FIMIX by flexmix, on ../pls/service_sim.csv.
suppressMessages({library(jsonlite); library(cSEM)})
d <- read.csv("../pls/service_sim.csv"); m <- function(x) list(rows = rownames(x), columns = colnames(x), values = unname(as.matrix(unclass(x))))
# A composite stands last: cSEM 0.6.1 looks loadings up by place among the common factors, and takes those of another
# construct where a composite stands before (its criterion is then not the largest).
blocks <- "trust =~ tr1 + tr2 + tr3\nease =~ ea1 + ea2 + ea3\nquality =~ qu1 + qu2 + qu3 + qu4\nsat =~ sat1\nloyal =~ lo1 + lo2 + lo3\n"
one <- function(model) { g <- csem(d, model, .approach_weights = "GSCA", .disattenuate = FALSE, .tolerance = 1e-12, .iter_max = 5000)$Estimates
  list(model = model, paths = m(g$Path_estimates), weights = m(g$Weight_estimates), r2 = as.list(g$R2)) }
out <- list(gsca = list(one(paste0(blocks, "sat ~ trust + ease + quality\nloyal ~ sat + trust")),
  one(paste0(gsub("quality =~", "quality <~", blocks), "sat ~ trust + ease\nloyal ~ sat + trust\nquality ~ loyal + ease"))))
# With unique parts (GSCAm), which cSEM makes where all are common factors. No item alone: of one cSEM takes a unique part
# from rounding errors (x9 alone: .0003 apart).
factors <- function(data, model) { g <- csem(data, model, .approach_weights = "GSCA", .disattenuate = TRUE, .tolerance = 1e-12, .iter_max = 20000)$Estimates
  list(model = model, paths = m(g$Path_estimates), weights = m(g$Weight_estimates), loadings = m(g$Loading_estimates), reliability = as.list(g$Reliabilities), r2 = as.list(g$R2)) }
out$gscam <- list(service = factors(d, gsub("sat =~ sat1\n", "", paste0(blocks, "quality ~ ease\nloyal ~ trust + ease + quality"))),
  holzinger_swineford = factors(read.csv("../data/holzinger_swineford.csv"), "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\ntextual ~ visual\nspeed ~ visual + textual"))
# Composites in Mode A, all weights positive, as cSEM asks for.
p <- csem(d, gsub("=~", "<~", "trust =~ tr1 + tr2 + tr3\nease =~ ea1 + ea2 + ea3\nloyal =~ lo1 + lo2 + lo3\nease ~ trust\nloyal ~ ease + trust"), .PLS_modes = "modeA", .tolerance = 1e-12, .iter_max = 5000); i <- doIPMA(p)
out$ipma <- list(importance = m(i$Construct$Importance), performance = as.list(i$Construct$Performance), items = m(i$Indicator$Importance))
suppressMessages({library(seminr); library(flexmix)})
f <- suppressMessages(estimate_pls(d, constructs(composite("x", multi_items("tr", 1:3)), composite("z", multi_items("ea", 1:3)), composite("y", multi_items("lo", 1:3))), relationships(paths(c("x", "z"), "y"))))
scores <- as.data.frame(f$construct_scores); set.seed(1)
mixed <- stepFlexmix(y ~ 0 + x + z, data = scores, k = 2, nrep = 30, verbose = FALSE, control = list(tol = 1e-12, iter = 5000, minprior = 0))
q <- posterior(mixed); out$fimix <- list(aic = AIC(mixed), bic = BIC(mixed), df = attr(logLik(mixed), "df"), loglik = as.numeric(logLik(mixed)), entropy = 1 + sum(q * log(q)) / (nrow(q) * log(2)))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "values.json")
write(toJSON(list(R = as.character(getRversion()), cSEM = as.character(packageVersion("cSEM")), seminr = as.character(packageVersion("seminr")), flexmix = as.character(packageVersion("flexmix"))), auto_unbox = TRUE, pretty = TRUE), "session.json")
