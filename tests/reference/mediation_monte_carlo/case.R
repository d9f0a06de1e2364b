# Effects with Monte Carlo intervals, by hand from lavaan's estimates and their covariance.
# The data are political democracy (tests/reference/data). Run in this folder.
suppressMessages(library(lavaan))
data <- read.csv("../data/political_democracy.csv")
model <- "
  ind60 =~ x1 + x2 + x3
  dem60 =~ y1 + y2 + y3 + y4
  dem65 =~ y5 + y6 + y7 + y8
  dem60 ~ ind60
  dem65 ~ ind60 + dem60
"
writeLines(trimws(model), "model.txt")
fit <- sem(model, data, test = "standard")
std <- standardizedSolution(fit)
set.seed(20260101)
draws <- MASS::mvrnorm(2e6, coef(fit), vcov(fit))
B <- function(name) draws[, name]
psi <- list(ind60 = B("ind60~~ind60"), dem60 = B("dem60~~dem60"), dem65 = B("dem65~~dem65"))
a <- B("dem60~ind60"); b <- B("dem65~dem60"); direct <- B("dem65~ind60")
v1 <- psi$ind60
v2 <- a^2 * v1 + psi$dem60
c12 <- a * v1
v3 <- direct^2 * v1 + b^2 * v2 + 2 * direct * b * c12 + psi$dem65
ok <- v1 > 0 & v2 > 0 & v3 > 0
indirect <- (a * b)[ok]
indirect_std <- (a * b * sqrt(v1 / v3))[ok]
path_std <- (a * sqrt(v1 / v2))[ok]
co <- coef(fit)
row <- function(name, est, draws) data.frame(name = name, est = est,
  lower = quantile(draws, .025, names = FALSE), upper = quantile(draws, .975, names = FALSE), sd = sd(draws))
pick <- function(l, r) std$est.std[std$lhs == l & std$op == "~" & std$rhs == r]
out <- rbind(
  row("indirect", co["dem60~ind60"] * co["dem65~dem60"], indirect),
  row("indirect_std", pick("dem60", "ind60") * pick("dem65", "dem60"), indirect_std),
  row("path_std", pick("dem60", "ind60"), path_std))
write.csv(out, "effects.csv", row.names = FALSE)
writeLines(sprintf('{"R": "%s", "lavaan": "%s", "draws": 2000000, "seed": 20260101}',
  getRversion(), packageVersion("lavaan")), "session.json")
