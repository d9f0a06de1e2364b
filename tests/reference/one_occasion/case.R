# Models of one occasion by R 4.2.2 and Debian's lavaan 0.6-14 that no other case holds: invariance and latent means of three
# groups, their paths free and equal, product indicators with robust errors, moderated mediation, a trend over ordered arms,
# and simple slopes on scale means (lm).
suppressMessages({library(jsonlite); library(lavaan)})
measures <- c("chisq", "df", "pvalue", "baseline.chisq", "baseline.df", "cfi", "tli", "rmsea", "rmsea.ci.lower",
              "rmsea.ci.upper", "srmr", "logl", "unrestricted.logl", "npar", "aic", "bic")
fits <- function(f, more = NULL) as.list(fitMeasures(f)[c(measures, more)])
rows <- function(f) { p <- parameterEstimates(f); p <- p[p$se > 0, ]; if (is.null(p$group)) p$group <- 1
  p[, c("lhs", "op", "rhs", "group", "est", "se", "z", "pvalue", "ci.lower", "ci.upper")] }
slopes <- function(f) subset(rows(f), op == "~")
d <- read.csv("../data/three_groups_sim.csv")
cfa3 <- paste(sapply(c("fit", "play", "prop"), function(n) paste0(n, " =~ ", paste0(n, 1:4, collapse = " + "))), collapse = "\n")
levels <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
               strict = c("loadings", "intercepts", "residuals"))
steps <- lapply(levels, function(e) fits(cfa(cfa3, d, group = "maturity", group.equal = e, meanstructure = TRUE)))
partial <- cfa(paste(cfa3, "fit ~ c(0, NA, NA)*1 + c(m1, m2, m3)*1", "fit4 ~ c(t4, t4, t43)*1", sep = "\n"), d,
               group = "maturity", group.equal = levels$scalar, meanstructure = TRUE)
paths <- paste0(cfa3, "\nprop ~ c(a1, a2, a3)*fit + c(p1, p2, p3)*play")
free <- sem(paths, d, group = "maturity", group.equal = "loadings", meanstructure = TRUE)
equal <- sem(paste0(paths, "\na1 == a2\na1 == a3"), d, group = "maturity", group.equal = "loadings", meanstructure = TRUE)
i <- read.csv("../data/latent_interaction.csv"); cen <- function(v) v - mean(v)
for (k in 1:3) i[[paste0("xz", k)]] <- cen(cen(i[[paste0("x", k)]]) * cen(i[[paste0("z", k)]]))
product <- sem("X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nXZ =~ xz1 + xz2 + xz3\nY ~ X + Z + XZ", i,
               estimator = "MLR", meanstructure = TRUE)
h <- read.csv("../data/modmed_sim.csv"); h$copW <- h$cop * h$W
mediated <- sem("attr ~ a1*cop + w*W + a3*copW\nsat ~ b*attr + cp*cop\nindex := a3*b\nlow := (a1 - a3)*b\nmid := a1*b
high := (a1 + a3)*b", h)
s <- read.csv("../data/factorial_sim.csv"); s$outcome <- factor(s$outcome, c("worse", "as", "better"))
m <- lm(sat ~ outcome, s); L <- rbind(linear = c(-1, 0, 1), quadratic = c(1, -2, 1)) %*% cbind(1, contr.treatment(3))
est <- drop(L %*% coef(m)); se <- sqrt(diag(L %*% vcov(m) %*% t(L)))
welch <- t.test(sat ~ cop, s)
o <- data.frame(X = rowMeans(i[, 1:3]), Z = rowMeans(i[, 4:6]), Y = rowMeans(i[, 7:9])); l <- lm(Y ~ X * Z, o)
at <- mean(o$Z) + c(-1, 0, 1) * sd(o$Z); slope <- coef(l)["X"] + at * coef(l)["X:Z"]; V <- vcov(l)
slope_se <- sqrt(V["X", "X"] + 2 * at * V["X", "X:Z"] + at^2 * V["X:Z", "X:Z"])
out <- list(versions = list(R = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
  steps = steps, partial = list(fit = fits(partial), rows = rows(partial)), free = list(fit = fits(free), rows = slopes(free)),
  equal = list(fit = fits(equal), rows = slopes(equal)),
  product = list(fit = fits(product, c("chisq.scaled", "cfi.robust", "rmsea.robust")), rows = rows(product)),
  mediated = list(fit = fits(mediated), rows = rows(mediated)),
  trend = list(estimate = est, se = se, t = est / se, p = 2 * pt(-abs(est / se), df.residual(m))),
  welch = list(ci = as.numeric(welch$conf.int), means = as.numeric(welch$estimate)),
  slopes = list(at = at, estimate = unname(slope), se = unname(slope_se), t = unname(slope / slope_se)))
write(toJSON(out, digits = 8, auto_unbox = TRUE, dataframe = "values", na = "null"), "values.json")
